import { transactionCancelled } from '#contracts/events/transaction.ts'
import { closingOf, transactionOf } from '../closings.ts'
import { react } from '../config.ts'
import { closeAll } from '../store/approvals.ts'

/** The one who wished a transaction took it back: nobody has to decide it any more. */
export const onTransactionCancelled = react(transactionCancelled, {
  async run(events, _asked, { tx }) {
    await closeAll(
      tx,
      events.map((event) => {
        const end = { status: 'WITHDRAWN' as const, decided_by: event.data.cancelled_by }
        return closingOf(event, transactionOf(event), end)
      }),
    )
  },
})
