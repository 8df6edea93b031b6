import { passwordChanged } from '#contracts/events/identity.ts'
import { react } from '../../config.ts'
import { noticeToUser } from '../../domain/notices.ts'
import { tellOf } from '../../telling.ts'

/** A password was changed, by its owner or by somebody who has his mail. */
export const onUserPasswordChanged = react(
  passwordChanged,
  tellOf({
    notices: ({ user_id }) => noticeToUser(user_id, 'user.password-changed'),
  }),
)
