import type { Static } from 'typebox'
import type * as api from '#contracts/api/notification.ts'
import { decode } from '#libs/json/json.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { Queryable } from '#libs/sql/database.ts'
import { textArray } from '#libs/sql/text-array.ts'
import { problems } from '../problems.ts'
import type { DeliveryRow, NotificationRow } from '../tables.ts'
import type { Vault } from '../vault.ts'
import { type Content, placeOfContent } from './notices.ts'

type Notification = Static<(typeof api.markNotificationRead)['reply']>
type Page = Static<(typeof api.listNotifications)['reply']>

interface Query {
  limit?: number | undefined
  cursor?: string | undefined
  unread?: boolean | undefined
}

const FIRST = 9_007_199_254_740_991n

/** A user's notifications, newest first, and how many of all of them are unread. */
export async function pageOfNotifications(
  sql: Queryable,
  vault: Vault,
  user_id: string,
  { limit = 50, cursor, unread = false }: Query,
): Promise<Page> {
  const before = cursor === undefined ? FIRST : positionOf(cursor)
  const rows = await sql<NotificationRow[]>`
    select notification_id, position, template_id, content_encrypted, subject_type, subject_id, read_at, created_at, correlation_id
    from notifications
    where user_id = ${user_id} and position < ${before} and (${!unread} or read_at is null)
    order by position desc limit ${limit + 1}`
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const [feed] = await sql<{ unread_count: number }[]>`select unread_count from user_feeds where user_id = ${user_id}`
  return {
    items: await asSeen(sql, vault, shown),
    next_cursor:
      rows.length > limit && last !== undefined ? Buffer.from(`n${last.position}`).toString('base64url') : null,
    unread_count: feed?.unread_count ?? 0,
  }
}

function positionOf(cursor: string): bigint {
  const found = /^n(\d{1,16})$/.exec(Buffer.from(cursor, 'base64url').toString())
  if (found !== null) return BigInt(found[1] as string)
  const errors = [{ pointer: 'query/cursor', detail: problems.CURSOR_WRONG.title }]
  throw new Problem(problems.CURSOR_WRONG, { errors })
}

/** Rows as their reader sees them, with how they went out. */
export async function asSeen(
  sql: Queryable,
  vault: Vault,
  rows: readonly Omit<NotificationRow, 'user_id' | 'category'>[],
): Promise<Notification[]> {
  if (rows.length === 0) return []
  const deliveries = await sql<DeliveryRow[]>`
    select notification_id, channel, status, sent_at from deliveries
    where notification_id = any(${textArray(rows.map((row) => row.notification_id))}::uuid[]) order by delivery_id`
  const byNotification = Map.groupBy(deliveries, (delivery) => delivery.notification_id)
  return rows.map(({ notification_id, content_encrypted, read_at, created_at, ...row }) => {
    const { title, body } = decode(vault.fields.open(content_encrypted, placeOfContent(notification_id))) as Content
    const { template_id, subject_type, subject_id, correlation_id } = row
    const told = { notification_id, template_id, title, body, subject_type, subject_id, correlation_id }
    return {
      ...told,
      is_read: read_at !== null,
      read_at: read_at?.toISOString() ?? null,
      created_at: created_at.toISOString(),
      deliveries: (byNotification.get(notification_id) ?? []).map(({ channel, status, sent_at }) => {
        return { channel, status, sent_at: sent_at?.toISOString() ?? null }
      }),
    }
  })
}
