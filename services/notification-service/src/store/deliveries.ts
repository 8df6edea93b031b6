import { notificationFailed, notificationSent } from '#contracts/events/notification.ts'
import { type NewEvent, occurred } from '#libs/contract/event.ts'
import { publishAll } from '#libs/outbox/publish.ts'
import type { Queryable, Tx } from '#libs/sql/database.ts'
import { textArray } from '#libs/sql/text-array.ts'
import type { TraceContext } from '#libs/telemetry/context.ts'
import type { DeliveryRow } from '../tables.ts'

/** How a delivery or a mail ended. SUPPRESSED: nobody is there to be told. */
export interface Outcome {
  status: 'SENT' | 'FAILED' | 'SUPPRESSED'
  reason: string | null
}

/** A delivery or a mail of another service with how it ended, in the trace of whoever caused it. */
export interface Ended extends Outcome {
  /** The delivery's or the mail's id. */
  id: string
  about: Pick<DeliveryRow, 'notification_id' | 'channel' | 'template_id'> & { user_id: string | null }
  trace: TraceContext
}

/** A delivery with its words, still sealed. */
export type DeliveryToSend = DeliveryRow & { content_encrypted: string }

/** Those of deliveries that are not sent yet. A failed one whose dead letter was put back is tried again. */
export function deliveriesToSend(sql: Queryable, delivery_ids: readonly string[]): Promise<readonly DeliveryToSend[]> {
  return sql<DeliveryToSend[]>`
    select d.delivery_id, d.notification_id, d.user_id, d.template_id, d.channel, d.status, n.content_encrypted
    from deliveries d join notifications n using (notification_id)
    where d.delivery_id = any(${textArray(delivery_ids)}::uuid[]) and d.status in ('PENDING', 'FAILED')`
}

/** Records how deliveries ended, each once, and says so. */
export async function settleDeliveries(tx: Tx, ended: readonly Ended[], at: Date): Promise<void> {
  const { ids, statuses, reasons } = columnsOf(ended)
  const settled = await tx<{ id: string }[]>`
    update deliveries d set status = e.status, reason = e.reason, sent_at = case when e.status = 'SENT' then ${at}::timestamptz end
    from unnest(${ids}::uuid[], ${statuses}::text[], ${reasons}::text[]) as e (id, status, reason)
    where d.delivery_id = e.id and d.delivery_id = any(${ids}::uuid[])
      and d.status in ('PENDING', 'FAILED') and d.status <> e.status
    returning e.id`
  await announce(tx, ended, settled)
}

/** Records how mails of other services ended, each once, and says so. */
export async function settleMails(tx: Tx, ended: readonly Ended[], at: Date): Promise<void> {
  const { ids, statuses, reasons } = columnsOf(ended)
  const settled = await tx<{ id: string }[]>`
    update mails m set status = e.status, reason = e.reason, sent_at = case when e.status = 'SENT' then ${at}::timestamptz end
    from unnest(${ids}::uuid[], ${statuses}::text[], ${reasons}::text[]) as e (id, status, reason)
    where m.mail_id = e.id and m.status in ('PENDING', 'FAILED') and m.status <> e.status
    returning e.id`
  await announce(tx, ended, settled)
}

function columnsOf(ended: readonly Ended[]): { ids: string; statuses: string; reasons: string } {
  return {
    ids: textArray(ended.map(({ id }) => id)),
    statuses: textArray(ended.map(({ status }) => status)),
    reasons: textArray(ended.map(({ reason }) => reason)),
  }
}

/** Says of those that were settled now how they ended, each in its own trace. */
async function announce(tx: Tx, ended: readonly Ended[], settled: readonly { id: string }[]): Promise<void> {
  const now = new Set(settled.map(({ id }) => id))
  await publishAll(tx, ended.filter(({ id }) => now.delete(id)).flatMap(eventOf))
}

function eventOf({ about, status, reason, trace }: Ended): NewEvent[] {
  const { notification_id, user_id, channel, template_id } = about
  const told = { notification_id, user_id, channel }
  if (status === 'SENT') return [occurred(notificationSent, { ...told, template_id }, trace)]
  return status === 'FAILED' ? [occurred(notificationFailed, { ...told, reason: reason ?? 'UNKNOWN' }, trace)] : []
}
