import { customerCreationRolledBack } from '#contracts/events/customer.ts'
import { react } from '../../config.ts'
import { noticeToCustomer } from '../../domain/notices.ts'
import { tellOf } from '../../telling.ts'

/** An opening was taken back. */
export const onCustomerCreationRolledBack = react(
  customerCreationRolledBack,
  tellOf({
    customers: ({ customer_id }) => [customer_id],
    notices: ({ customer_id }, audience) => noticeToCustomer(audience, customer_id, 'customer.rolled-back'),
  }),
)
