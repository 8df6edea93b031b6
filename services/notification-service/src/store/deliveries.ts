import { notificationFailed, notificationSent } from '#contracts/events/notification.ts'
import { occurred } from '#libs/contract/event.ts'
import { decode } from '#libs/json/json.ts'
import { publish } from '#libs/outbox/publish.ts'
import type { Queryable, Tx } from '#libs/sql/database.ts'
import type { DeliveryRow } from '../tables.ts'
import type { Vault } from '../vault.ts'
import { type Content, placeOfContent } from './notices.ts'

/** How a delivery or a mail ended. SUPPRESSED: nobody is there to be told. */
export interface Outcome {
  status: 'SENT' | 'FAILED' | 'SUPPRESSED'
  reason: string | null
  at: Date
}

/** A delivery that is not sent yet with its words, or undefined. A failed one whose dead letter was put back is tried again. */
export async function deliveryToSend(
  sql: Queryable,
  delivery_id: string,
  vault: Vault,
): Promise<{ delivery: DeliveryRow; content: Content } | undefined> {
  const [row] = await sql<(DeliveryRow & { content_encrypted: string })[]>`
    select d.delivery_id, d.notification_id, d.user_id, d.template_id, d.channel, d.status, n.content_encrypted
    from deliveries d join notifications n using (notification_id)
    where d.delivery_id = ${delivery_id} and d.status in ('PENDING', 'FAILED')`
  if (row === undefined) return undefined
  const { content_encrypted, ...delivery } = row
  return {
    delivery,
    content: decode(vault.fields.open(content_encrypted, placeOfContent(row.notification_id))) as Content,
  }
}

/** Records how a delivery ended, once, and says so. */
export async function settleDelivery(tx: Tx, delivery: DeliveryRow, outcome: Outcome): Promise<void> {
  const { status, reason, at } = outcome
  const settled = await tx`
    update deliveries set status = ${status}, reason = ${reason}, sent_at = ${status === 'SENT' ? at : null}
    where delivery_id = ${delivery.delivery_id} and status in ('PENDING', 'FAILED') and status <> ${status}`
  if (settled.count > 0) await announce(tx, delivery, outcome)
}

/** Records how a mail of another service ended, once, and says so. */
export async function settleMail(
  tx: Tx,
  { mail_id, user_id }: { mail_id: string; user_id: string | null },
  outcome: Outcome,
): Promise<void> {
  const { status, reason, at } = outcome
  const settled = await tx`
    update mails set status = ${status}, reason = ${reason}, sent_at = ${status === 'SENT' ? at : null}
    where mail_id = ${mail_id} and status in ('PENDING', 'FAILED') and status <> ${status}`
  if (settled.count === 0) return
  await announce(tx, { notification_id: mail_id, user_id, channel: 'EMAIL', template_id: 'mail' }, outcome)
}

async function announce(
  tx: Tx,
  about: Pick<DeliveryRow, 'notification_id' | 'channel' | 'template_id'> & { user_id: string | null },
  { status, reason }: Outcome,
): Promise<void> {
  const { notification_id, user_id, channel, template_id } = about
  if (status === 'SENT')
    await publish(tx, occurred(notificationSent, { notification_id, user_id, channel, template_id }))
  if (status === 'FAILED')
    await publish(tx, occurred(notificationFailed, { notification_id, user_id, channel, reason: reason ?? 'UNKNOWN' }))
}
