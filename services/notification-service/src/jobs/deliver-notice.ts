import { MAIL_SIGNATURE } from '#contracts/settings.ts'
import type { Clock } from '#libs/clock/clock.ts'
import type { Client } from '#libs/contract/client.ts'
import { type QueueWorker, workerOf } from '#libs/jobs/queue.ts'
import { settingOf } from '#libs/service/followed-settings.ts'
import type { Database } from '#libs/sql/database.ts'
import { mailOf, shortMessageOf } from '../domain/mails.ts'
import { type Outgoing, type Post, Undeliverable } from '../post.ts'
import { addressOf, userOf } from '../store/addressees.ts'
import { deliveryToSend, type Outcome, settleDelivery } from '../store/deliveries.ts'
import type { Content } from '../store/notices.ts'
import type { DeliveryRow } from '../tables.ts'
import type { Vault } from '../vault.ts'
import { outgoingNotice } from './queues.ts'

/** What the workers of the queues have. */
export interface PostRoom {
  client: Pick<Client, 'call'>
  database: Database
  clock: Clock
  vault: Vault
  post: Post
}

/** Sends a notification by one channel. Killed after sending and before recording it, it sends once more, under the same Message-ID. */
export function deliverNotice(room: PostRoom): QueueWorker {
  const { database, clock, vault, post } = room
  return workerOf(outgoingNotice, async ({ payload: { delivery_id }, attempt }) => {
    const found = await deliveryToSend(database.app, delivery_id, vault)
    if (found === undefined) return
    const { delivery } = found
    const settle = (outcome: Omit<Outcome, 'at'>): Promise<void> =>
      database.transact((tx) => settleDelivery(tx, delivery, { ...outcome, at: clock.wall.now() }))
    const written = await write(found, room)
    if (typeof written === 'string') return settle({ status: 'SUPPRESSED', reason: written })
    await sendOrGiveUp(() => post.send(delivery.channel, written), { attempt, retries: outgoingNotice.retries, settle })
  })
}

/** Sends and records the end: refused for good, or tried as often as a job may be, is FAILED; the job then waits as a dead letter. */
export async function sendOrGiveUp(
  send: () => Promise<void>,
  {
    attempt,
    retries,
    settle,
  }: { attempt: number; retries: number; settle(outcome: Omit<Outcome, 'at'>): Promise<void> },
): Promise<void> {
  try {
    await send()
  } catch (error) {
    if (error instanceof Undeliverable) return settle({ status: 'FAILED', reason: error.message })
    if (attempt > retries) await settle({ status: 'FAILED', reason: 'GAVE_UP' })
    throw error
  }
  await settle({ status: 'SENT', reason: null })
}

/** The message of a delivery, or why there is none to send. */
async function write(
  { delivery, content }: { delivery: DeliveryRow; content: Content },
  { client, database }: PostRoom,
): Promise<Outgoing | string> {
  const user = await userOf(client, delivery.user_id)
  if (user === undefined || !user.is_active) return 'USER_INACTIVE'
  const to = await addressOf(client, user, delivery.channel)
  if (to === undefined) return 'ADDRESS_MISSING'
  const message_id = delivery.delivery_id
  if (delivery.channel !== 'EMAIL') return { ...shortMessageOf(content, to), message_id }
  const signature = await settingOf(database.app, MAIL_SIGNATURE)
  const reader = { to, first_name: user.first_name, language: content.language }
  return { ...mailOf(content, reader, signature), message_id }
}
