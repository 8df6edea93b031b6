import { customerUpdated } from '#contracts/events/customer.ts'
import { react } from '../../config.ts'
import { noticeToCustomer } from '../../domain/notices.ts'
import { tellOf } from '../../telling.ts'

/** A profile has other details: whoever took over a user, or sits at a counter, would change the telephone first. */
export const onCustomerUpdated = react(
  customerUpdated,
  tellOf({
    customers: ({ customer_id }) => [customer_id],
    notices: ({ customer_id }, audience) => noticeToCustomer(audience, customer_id, 'customer.updated'),
  }),
)
