import { customerCreated } from '#contracts/events/customer.ts'
import { react } from '../../config.ts'
import { recordRecipients } from '../../store/audience.ts'

/** A customer is there: from now on it is known who signs in for him. */
export const onCustomerCreated = react(customerCreated, {
  async run(events, _asked, { tx }) {
    await recordRecipients(
      tx,
      events.flatMap(({ data: { customer_id, user_id } }) => (user_id === null ? [] : [{ customer_id, user_id }])),
    )
  },
})
