import type { Implementation } from '#libs/http/implement.ts'
import type { Own } from '../../config.ts'
import { inviteStaff } from './invite-staff.ts'
import { renewInvitation } from './renew-invitation.ts'
import { showEnrolment } from './show-enrolment.ts'
import { stepEnrolment } from './step-enrolment.ts'

/** What this folder answers. */
export const enrolmentOperations: readonly Implementation<Own>[] = [
  inviteStaff,
  renewInvitation,
  showEnrolment,
  stepEnrolment,
]
