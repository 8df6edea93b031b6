import { kycRejected } from '#contracts/events/customer.ts'
import { react } from '../../config.ts'
import { noticeToCustomer } from '../../domain/notices.ts'
import { tellOf } from '../../telling.ts'

/** The documents of a customer were not enough; why is told where he signs in, not by mail. */
export const onKycRejected = react(
  kycRejected,
  tellOf({
    customers: ({ customer_id }) => [customer_id],
    notices: ({ customer_id }, audience) => noticeToCustomer(audience, customer_id, 'kyc.rejected'),
  }),
)
