import { transactionProcessing } from '#contracts/events/transaction.ts'
import { closingOf, transactionOf } from '../closings.ts'
import { react } from '../config.ts'
import { closeAll, pendingSubjects } from '../store/approvals.ts'
import { presentTransactions } from '../transactions.ts'

/** A transaction is going to be booked: one that waited here was approved. Of the many that never waited nothing is asked. */
export const onTransactionProcessing = react(transactionProcessing, {
  async ask(events, client) {
    const ids = events.map(({ data }) => data.transaction_id)
    const waiting = await pendingSubjects(client.own.database.app, 'TRANSACTION', ids)
    return { waiting, transactions: await presentTransactions(client, waiting) }
  },

  async run(events, { waiting, transactions }, { tx }) {
    const closings = events
      .filter(({ data }) => waiting.has(data.transaction_id))
      .map((event) => {
        const decided_by = transactions.get(event.data.transaction_id)?.approved_by ?? null
        return closingOf(event, transactionOf(event), { status: 'APPROVED', decided_by })
      })
    await closeAll(tx, closings)
  },
})
