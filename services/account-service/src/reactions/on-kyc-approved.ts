import { kycApproved } from '#contracts/events/customer.ts'
import { traceOf } from '#libs/outbox/publish.ts'
import { react } from '../config.ts'
import { settlePendingOf } from '../store/pending-accounts.ts'
import { recordStandings } from '../store/standing.ts'

/** A customer was verified: what was opened for him may be used. An account that is being opened right now is found by the job. */
export const onKycApproved = react(kycApproved, {
  async ask(events, context) {
    for (const event of events)
      await settlePendingOf({ customer_id: event.data.customer_id, is_refused: false }, context, traceOf(event))
  },

  async run(events, _asked, { tx, clock }) {
    const standings = events.map(({ data: { customer_id } }) => ({
      customer_id,
      kyc_status: 'VERIFIED' as const,
      is_refused: false,
    }))
    await recordStandings(tx, standings, clock.wall.now())
  },
})
