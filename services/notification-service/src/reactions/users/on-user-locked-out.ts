import { userLockedOut } from '#contracts/events/identity.ts'
import { react } from '../../config.ts'
import { noticeToUser } from '../../domain/notices.ts'
import { tellOf } from '../../telling.ts'

/** Somebody failed to sign in too often: the owner of the user should know. */
export const onUserLockedOut = react(
  userLockedOut,
  tellOf({
    notices: ({ user_id, until }) => noticeToUser(user_id, 'user.locked-out', { until: { moment: new Date(until) } }),
  }),
)
