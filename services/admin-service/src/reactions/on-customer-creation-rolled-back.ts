import { customerCreationRolledBack } from '#contracts/events/customer.ts'
import { closingOf, kycOf } from '../closings.ts'
import { react } from '../config.ts'
import { closeAll } from '../store/approvals.ts'

/** A customer's opening was taken back: there is nobody left to verify. */
export const onCustomerCreationRolledBack = react(customerCreationRolledBack, {
  async run(events, _asked, { tx }) {
    await closeAll(
      tx,
      events.map((event) => closingOf(event, kycOf(event), { status: 'WITHDRAWN' })),
    )
  },
})
