import { customerUpdated } from '#contracts/events/customer.ts'
import { closingOf, kycOf } from '../closings.ts'
import { react } from '../config.ts'
import { closeAll } from '../store/approvals.ts'

/** What was handed in vouches for another name now: KYC begins again, and nobody can decide the submission that waited. */
export const onCustomerUpdated = react(customerUpdated, {
  async run(events, _asked, { tx }) {
    const closings = events
      .filter(({ data }) => data.change_type === 'IDENTITY')
      .map((event) => closingOf(event, kycOf(event), { status: 'WITHDRAWN' }))
    await closeAll(tx, closings)
  },
})
