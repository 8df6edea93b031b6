import { kycExpired } from '#contracts/events/customer.ts'
import { react } from '../../config.ts'
import { noticeToCustomer } from '../../domain/notices.ts'
import { tellOf } from '../../telling.ts'

/** A customer has to be verified again. */
export const onKycExpired = react(
  kycExpired,
  tellOf({
    customers: ({ customer_id }) => [customer_id],
    notices: ({ customer_id, document_expiry }, audience) =>
      noticeToCustomer(audience, customer_id, 'kyc.expired', { expired_on: { date: document_expiry } }),
  }),
)
