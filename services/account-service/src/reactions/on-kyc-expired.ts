import { kycExpired } from '#contracts/events/customer.ts'
import { react } from '../config.ts'
import { recordStandings } from '../store/standing.ts'

/** A verification ran out: what is open stays open, what is opened from now on waits for the next one. */
export const onKycExpired = react(kycExpired, {
  async run(events, _asked, { tx, clock }) {
    const standings = events.map(({ data: { customer_id } }) => ({
      customer_id,
      kyc_status: 'EXPIRED' as const,
      is_refused: false,
    }))
    await recordStandings(tx, standings, clock.wall.now())
  },
})
