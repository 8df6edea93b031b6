import { transactionApprovalRequired } from '#contracts/events/transaction.ts'
import { isCurrency } from '#libs/money/currencies.ts'
import { formatMinor } from '#libs/money/format.ts'
import { traceOf } from '#libs/outbox/publish.ts'
import { react } from '../config.ts'
import { endOf } from '../domain/ends.ts'
import { requestAll } from '../store/approvals.ts'
import { presentTransactions } from '../transactions.ts'

/**
 * A transaction waits for a second person. Its service is asked who wished it, and whether it still waits: what was decided meanwhile comes into
 * the queue as decided, whichever event is read first.
 */
export const onTransactionApprovalRequired = react(transactionApprovalRequired, {
  ask: (events, client) =>
    presentTransactions(
      client,
      events.map(({ data }) => data.transaction_id),
    ),

  async run(events, transactions, { tx, clock }) {
    const requests = events.map((event) => {
      const { transaction_id, rule, amount_cents, currency } = event.data
      const transaction = transactions.get(transaction_id)
      const amount = isCurrency(currency) ? formatMinor(amount_cents, currency) : String(amount_cents)
      const about = { subject_type: 'TRANSACTION' as const, subject_id: transaction_id, rule }
      const asked = { requested_by: transaction?.initiated_by ?? null, request_reason: null, requested_at: event.time }
      const end = transaction === undefined ? null : endOf(transaction)
      const ended = end === null ? {} : { ...end, decided_at: clock.wall.now() }
      return {
        approval_id: event.id,
        ...about,
        summary: `${amount} ${currency}`,
        ...asked,
        ...ended,
        trace: traceOf(event),
      }
    })
    await requestAll(tx, requests)
  },
})
