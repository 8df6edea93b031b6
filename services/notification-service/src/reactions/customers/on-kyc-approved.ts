import { kycApproved } from '#contracts/events/customer.ts'
import { react } from '../../config.ts'
import { noticeToCustomer } from '../../domain/notices.ts'
import { tellOf } from '../../telling.ts'

/** A customer is verified. */
export const onKycApproved = react(
  kycApproved,
  tellOf({
    customers: ({ customer_id }) => [customer_id],
    notices: ({ customer_id, expires_on }, audience) =>
      noticeToCustomer(audience, customer_id, 'kyc.approved', { expires_on: { date: expires_on } }),
  }),
)
