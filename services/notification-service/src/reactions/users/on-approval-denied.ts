import { approvalDenied } from '#contracts/events/identity.ts'
import { react } from '../../config.ts'
import { noticeToUser } from '../../domain/notices.ts'
import { tellOf } from '../../telling.ts'

/** Somebody asked for a confirmation that was denied. */
export const onApprovalDenied = react(
  approvalDenied,
  tellOf({
    notices: ({ user_id }) => noticeToUser(user_id, 'approval.denied'),
  }),
)
