import { factorChanged } from '#contracts/events/identity.ts'
import { react } from '../../config.ts'
import { noticeToUser } from '../../domain/notices.ts'
import { tellOf } from '../../telling.ts'

/** A second factor was changed. */
export const onFactorChanged = react(
  factorChanged,
  tellOf({
    notices: ({ user_id }) => noticeToUser(user_id, 'factor.changed'),
  }),
)
