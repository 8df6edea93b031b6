import { kycApproved } from '#contracts/events/customer.ts'
import { closingOf, kycOf } from '../closings.ts'
import { react } from '../config.ts'
import { closeAll } from '../store/approvals.ts'

/** An officer has verified a customer, here or elsewhere. */
export const onKycApproved = react(kycApproved, {
  async run(events, _asked, { tx }) {
    await closeAll(
      tx,
      events.map((event) => {
        const end = { status: 'APPROVED' as const, decided_by: event.data.verified_by }
        return closingOf(event, kycOf(event), end)
      }),
    )
  },
})
