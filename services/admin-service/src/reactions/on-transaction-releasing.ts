import { transactionReleasing } from '#contracts/events/transaction.ts'
import { closingOf, transactionOf } from '../closings.ts'
import { react } from '../config.ts'
import { closeAll } from '../store/approvals.ts'

/** What is given back because it was taken back: its own event, which names who did, closes it. */
const TAKEN_BACK = 'CANCELLED'

/** A transaction is given up: one that waited here was rejected, by a person or because its time ran out. */
export const onTransactionReleasing = react(transactionReleasing, {
  async run(events, _asked, { tx }) {
    const closings = events
      .filter(({ data }) => data.code !== TAKEN_BACK)
      .map((event) => closingOf(event, transactionOf(event), { status: 'REJECTED', reason: event.data.code }))
    await closeAll(tx, closings)
  },
})
