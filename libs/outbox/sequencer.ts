import type { Database } from '#libs/sql/database.ts'
import { textArray } from '#libs/sql/text-array.ts'

/** Events of a pass: its last bundle is the one that reaches this number. */
const SEQUENCE_AT_ONCE = 2_000

/**
 * Gives committed bundles without a position the next ones, in the order of their ids: one for each event, of which the bundle keeps the last.
 * One transaction at a time per producer (a lock held to its commit), so a reader that has seen position N never misses one below N. Returns
 * how many events got one.
 */
export function sequenceOnce(database: Database): Promise<number> {
  return database.transact(async (tx) => {
    const [state] = await tx<{ epoch: number; position: bigint }[]>`select epoch, position from outbox_state for update`
    if (state === undefined) throw new Error('outbox_state is empty')
    const pending = await tx<
      { id: string; events: number }[]
    >`select id, events from outbox where position is null order by id limit ${SEQUENCE_AT_ONCE}`
    const ids: string[] = []
    const positions: string[] = []
    let count = 0
    for (const { id, events } of pending) {
      if (count >= SEQUENCE_AT_ONCE) break
      count += events
      ids.push(id)
      positions.push(String(state.position + BigInt(count)))
    }
    if (count === 0) return 0
    await tx`
      update outbox set epoch = ${state.epoch}, position = given.position
      from unnest(${textArray(ids)}::uuid[], ${textArray(positions)}::bigint[]) as given (id, position)
      where outbox.id = given.id and outbox.id >= ${ids[0] as string} and outbox.id <= ${ids.at(-1) as string}`
    await tx`update outbox_state set position = position + ${BigInt(count)}`
    return count
  })
}
