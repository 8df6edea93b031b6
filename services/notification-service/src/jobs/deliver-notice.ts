import { MAIL_SIGNATURE } from '#contracts/settings.ts'
import { asError, type BatchWorker, batchWorkerOf, type JobOutcome } from '#libs/jobs/queue.ts'
import { decode } from '#libs/json/json.ts'
import { Fault } from '#libs/problem/problem.ts'
import { settingOf } from '#libs/service/followed-settings.ts'
import { mailOf, shortMessageOf } from '../domain/mails.ts'
import type { Letter } from '../post.ts'
import { addressesOf, type User, usersById } from '../store/addressees.ts'
import { type DeliveryToSend, deliveriesToSend, settleDeliveries } from '../store/deliveries.ts'
import { type Content, placeOfContent } from '../store/notices.ts'
import type { Vault } from '../vault.ts'
import { outgoingNotice } from './queues.ts'
import { type Draft, type PostRoom, sendAll } from './send-all.ts'

/**
 * Sends notifications by their channels, many at once. Killed after sending and before recording it, it sends once more, under the same
 * Message-ID.
 */
export function deliverNotice(room: PostRoom): BatchWorker {
  return batchWorkerOf(outgoingNotice, { most: room.post.most }, async (items) => {
    const ids = items.map(({ payload }) => payload.delivery_id)
    const found = new Map((await deliveriesToSend(room.database.app, ids)).map((row) => [row.delivery_id, row]))
    const desk = await openDesk([...found.values()], room)
    // Who cannot be asked cannot be asked for any of them.
    if (desk instanceof Fault) return items.map(() => desk)
    const drafts: Draft[] = []
    const failed = new Map<string, JobOutcome>()
    for (const { payload, attempt, trace } of items) {
      const delivery = found.get(payload.delivery_id)
      if (delivery === undefined) continue
      try {
        drafts.push({ id: delivery.delivery_id, about: delivery, trace, attempt, letter: write(delivery, desk) })
      } catch (error) {
        failed.set(delivery.delivery_id, asError(error))
      }
    }
    const outcomes = await sendAll(room, drafts, { retries: outgoingNotice.retries, settle: settleDeliveries })
    return ids.map((id) => failed.get(id) ?? outcomes.get(id))
  })
}

/** What the letters of a batch are written with. */
interface Desk {
  users: ReadonlyMap<string, User>
  addressOf: Awaited<ReturnType<typeof addressesOf>>
  signature: string
  vault: Vault
}

/** Asks once for everybody and everything that a batch needs. */
async function openDesk(
  deliveries: readonly DeliveryToSend[],
  { client, database, vault }: PostRoom,
): Promise<Desk | Fault> {
  try {
    const users = await usersById(
      client,
      deliveries.map(({ user_id }) => user_id),
    )
    const wanted = deliveries.flatMap(({ user_id, channel }) => {
      const user = users.get(user_id)
      return user?.is_active ? [{ user, channel }] : []
    })
    const addressOf = await addressesOf(client, wanted)
    return { users, addressOf, signature: await settingOf(database.app, MAIL_SIGNATURE), vault }
  } catch (error) {
    if (error instanceof Fault) return error
    throw error
  }
}

/** The letter of a delivery, or why there is none to send. */
function write(
  { delivery_id: message_id, notification_id, user_id, channel, content_encrypted }: DeliveryToSend,
  { users, addressOf, signature, vault }: Desk,
): Letter | { suppressed: string } {
  const user = users.get(user_id)
  if (user === undefined || !user.is_active) return { suppressed: 'USER_INACTIVE' }
  const to = addressOf(user, channel)
  if (to === undefined) return { suppressed: 'ADDRESS_MISSING' }
  const content = decode(vault.fields.open(content_encrypted, placeOfContent(notification_id))) as Content
  if (channel !== 'EMAIL') return { ...shortMessageOf(content, to), channel, message_id }
  const reader = { to, first_name: user.first_name, language: content.language }
  return { ...mailOf(content, reader, signature), channel, message_id }
}
