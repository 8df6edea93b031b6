import { transactionFailed } from '#contracts/events/transaction.ts'
import { closingOf, transactionOf } from '../closings.ts'
import { react } from '../config.ts'
import { closeAll } from '../store/approvals.ts'

/** A transaction has failed: should it still wait here, nobody can decide it any more. */
export const onTransactionFailed = react(transactionFailed, {
  async run(events, _asked, { tx }) {
    await closeAll(
      tx,
      events.map((event) => closingOf(event, transactionOf(event), { status: 'REJECTED', reason: event.data.code })),
    )
  },
})
