import * as api from '#contracts/api/notification.ts'
import { invariant, Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { problems } from '../../problems.ts'
import { asSeen } from '../../store/pages.ts'
import type { NotificationRow } from '../../tables.ts'

export const markNotificationRead = implement(api.markNotificationRead, {
  /** Marks one of the caller's notifications; again changes nothing. The feed is locked before its notifications, as whoever tells does. */
  async run({ params: { notification_id } }, { tx, own, clock, caller }) {
    const user_id = caller.sub as string
    await tx`select 1 from user_feeds where user_id = ${user_id} for update`
    const marked = await tx`
      update notifications set read_at = ${clock.wall.now()}
      where notification_id = ${notification_id} and user_id = ${user_id} and read_at is null`
    if (marked.count > 0) await tx`update user_feeds set unread_count = unread_count - 1 where user_id = ${user_id}`
    const rows = await tx<NotificationRow[]>`
      select * from notifications where notification_id = ${notification_id} and user_id = ${user_id}`
    if (rows.length === 0) throw new Problem(problems.NOTIFICATION_NOT_FOUND)
    const [seen] = await asSeen(tx, own.vault, rows)
    invariant(seen !== undefined, 'a row is seen as one')
    return seen
  },
})
