import * as api from '#contracts/api/identity-sign-in.ts'
import { implementRaw } from '../../config.ts'
import { enrolmentReply, invitationPage } from '../../pages/enrolment-page.ts'

/** The page that takes the invitation out of its link. It says the same to everybody. */
export const showEnrolment = implementRaw(api.showEnrolment, {
  answer: async (request) => enrolmentReply(invitationPage(), request),
})
