import { customerCreationRolledBack } from '#contracts/events/customer.ts'
import { traceOf } from '#libs/outbox/publish.ts'
import { react } from '../config.ts'
import { settlePendingOf } from '../store/pending-accounts.ts'
import { recordStandings } from '../store/standing.ts'

/** A customer was taken back: what is pending for him is closed, and nothing is opened for him again. */
export const onCustomerCreationRolledBack = react(customerCreationRolledBack, {
  async ask(events, context) {
    for (const event of events)
      await settlePendingOf({ customer_id: event.data.customer_id, is_refused: true }, context, traceOf(event))
  },

  async run(events, _asked, { tx, clock }) {
    const standings = events.map(({ data: { customer_id } }) => ({
      customer_id,
      kyc_status: 'REJECTED' as const,
      is_refused: true,
    }))
    await recordStandings(tx, standings, clock.wall.now())
  },
})
