import { kycRejected } from '#contracts/events/customer.ts'
import { closingOf, kycOf } from '../closings.ts'
import { react } from '../config.ts'
import { closeAll } from '../store/approvals.ts'

/** An officer has rejected a customer's KYC, here or elsewhere; the reasons stay with the customer's service. */
export const onKycRejected = react(kycRejected, {
  async run(events, _asked, { tx }) {
    await closeAll(
      tx,
      events.map((event) => closingOf(event, kycOf(event), { status: 'REJECTED' })),
    )
  },
})
