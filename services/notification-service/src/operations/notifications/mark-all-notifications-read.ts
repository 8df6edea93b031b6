import * as api from '#contracts/api/notification.ts'
import { implement } from '../../config.ts'

export const markAllNotificationsRead = implement(api.markAllNotificationsRead, {
  /** Marks whatever the caller was told up to now; what comes meanwhile waits for the feed's lock and stays unread. */
  async run(_input, { tx, clock, caller }) {
    const user_id = caller.sub as string
    await tx`select 1 from user_feeds where user_id = ${user_id} for update`
    const marked = await tx`
      update notifications set read_at = ${clock.wall.now()} where user_id = ${user_id} and read_at is null`
    await tx`update user_feeds set unread_count = 0 where user_id = ${user_id}`
    return { marked: marked.count }
  },
})
