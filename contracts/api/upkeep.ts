import { Type } from 'typebox'
import { operationsOf } from '#libs/contract/operation.ts'
import { Id, NullableText, NullableTimestamp, Timestamp } from '#libs/contract/schema.ts'

/** What every service answers about itself, without naming it in its own list of operations: `libs/service` implements them. */
export function upkeepOf(service: string) {
  const operation = operationsOf(service)
  const access = { services: ['admin-service'] }
  const at = `/internal/${service}`
  return {
    listDeadLetters: operation({
      id: 'listDeadLetters',
      method: 'GET',
      path: `${at}/dead-letters`,
      summary: 'Parked events, oldest first, a thousand at most, and how many events are not handled yet',
      access,
      reply: Type.Object({
        items: Type.Array(
          Type.Object({
            dead_letter_id: Id,
            producer: Type.String(),
            event_id: Id,
            type: Type.String(),
            partitionkey: Type.String(),
            error: Type.String(),
            replays: Type.Integer(),
            parked_at: Timestamp,
            next_attempt_at: NullableTimestamp,
          }),
        ),
        /** Acts that are not in the audit trail yet. */
        unaudited: Type.Integer(),
      }),
    }),
    replayDeadLetter: operation({
      id: 'replayDeadLetter',
      method: 'POST',
      path: `${at}/dead-letters/:dead_letter_id/replay`,
      summary: 'Runs a parked event and those before it of its key again',
      access,
      params: Type.Object({ dead_letter_id: Id }),
      reply: Type.Object({ dead_letter_id: Id, is_resolved: Type.Boolean(), error: NullableText(500) }),
      audit: false,
    }),
  }
}
