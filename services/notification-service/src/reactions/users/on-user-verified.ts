import { userVerified } from '#contracts/events/identity.ts'
import { react } from '../../config.ts'
import { noticeToUser } from '../../domain/notices.ts'
import { tellOf } from '../../telling.ts'

/** Welcomes who has proved his address. */
export const onUserVerified = react(
  userVerified,
  tellOf({
    notices: ({ user_id }) => noticeToUser(user_id, 'user.welcome'),
  }),
)
