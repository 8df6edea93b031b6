import type { Queryable } from '#libs/sql/database.ts'
import { textArray } from '#libs/sql/text-array.ts'
import type { NotificationRow } from '../tables.ts'

/** How far the feeds of users have come; those that nobody was ever told anything are left out. */
export function positionsOf(
  sql: Queryable,
  user_ids: readonly string[],
): Promise<readonly { user_id: string; last_position: bigint }[]> {
  return sql<{ user_id: string; last_position: bigint }[]>`
    select user_id, last_position from user_feeds where user_id = any(${textArray(user_ids)}::uuid[])`
}

type Headline = Pick<NotificationRow, 'notification_id' | 'position' | 'template_id' | 'subject_type' | 'subject_id'>

/** What a feed holds after a position, oldest first, without its words. */
export function headlinesAfter(
  sql: Queryable,
  user_id: string,
  position: bigint,
  limit: number,
): Promise<readonly Headline[]> {
  return sql<Headline[]>`
    select notification_id, position, template_id, subject_type, subject_id from notifications
    where user_id = ${user_id} and position > ${position} order by position limit ${limit}`
}
