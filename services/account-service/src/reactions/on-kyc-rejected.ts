import { kycRejected } from '#contracts/events/customer.ts'
import { traceOf } from '#libs/outbox/publish.ts'
import { react } from '../config.ts'
import { settlePendingOf } from '../store/pending-accounts.ts'
import { recordStandings } from '../store/standing.ts'

/** A customer was turned away: for good, and what was opened for him is closed; or until he brings better documents. */
export const onKycRejected = react(kycRejected, {
  async ask(events, context) {
    for (const event of events.filter(({ data }) => data.is_final))
      await settlePendingOf({ customer_id: event.data.customer_id, is_refused: true }, context, traceOf(event))
  },

  async run(events, _asked, { tx, clock }) {
    const standings = events.map(({ data: { customer_id, is_final } }) => ({
      customer_id,
      kyc_status: 'REJECTED' as const,
      is_refused: is_final,
    }))
    await recordStandings(tx, standings, clock.wall.now())
  },
})
