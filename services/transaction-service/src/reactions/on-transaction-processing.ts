import { postTransaction } from '#contracts/api/ledger.ts'
import { transactionProcessing } from '#contracts/events/transaction.ts'
import type { Verdict } from '#libs/contract/client.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import { traceOf } from '#libs/outbox/publish.ts'
import { invariant } from '#libs/problem/problem.ts'
import { react } from '../config.ts'
import { bookingOf } from '../domain/postings.ts'
import type { Happening } from '../domain/states.ts'
import { refusalCode } from '../domain/verdicts.ts'
import { advanceAll, lockTransactions } from '../store/advances.ts'
import { transactionsById } from '../store/transactions.ts'
import type { TransactionRow } from '../tables.ts'

/** It has been decided to book: the ledger books, out of the hold where there is one, or the transaction fails. */
export const onTransactionProcessing = react(transactionProcessing, {
  /** Only what still waits to be booked is sent; the step key makes a repetition answer the same. */
  ask: async (events, { callMany, own }) => {
    const rows = await transactionsById(
      own.database.app,
      events.map(({ data }) => data.transaction_id),
    )
    const waiting = new Map(rows.filter(({ stage }) => stage === 'PROCESSING').map((row) => [row.transaction_id, row]))
    const commands = events.flatMap((event) => {
      const row = waiting.get(event.data.transaction_id)
      return row === undefined ? [] : [{ event, body: commandFor(row) }]
    })
    const verdicts = await callMany(
      postTransaction,
      commands.map(({ event, body }) => ({ body, trace: traceOf(event) })),
    )
    return commands.map(({ event }, i) => ({ event, happening: happeningOf(verdicts[i]) }))
  },

  async run(_events, asked, { tx, clock }) {
    const happened = asked.map(({ event, happening }) => ({
      transaction_id: event.data.transaction_id,
      happening,
      trace: traceOf(event),
    }))
    const locked = await lockTransactions(
      tx,
      happened.map(({ transaction_id }) => transaction_id),
    )
    const stages = new Map(locked.map((row) => [row.transaction_id, row.stage]))
    for (const { transaction_id, happening } of happened) {
      const stage = stages.get(transaction_id)
      const isGivenUp = stage === 'RELEASING' || stage === 'FAILED'
      invariant(!(happening.kind === 'posted' && isGivenUp), `${transaction_id} was booked after it had been given up`)
    }
    await advanceAll(tx, locked, happened, clock.wall.now())
  },
})

/** The command that books a transaction: the same whenever it is sent, because nothing that it says changes any more. */
function commandFor(row: TransactionRow) {
  const { transaction_id, transaction_ref, description, currency, amount_cents, hold_id, value_date, batch_id } = row
  const { business_event, debit, credit } = bookingOf(row)
  return {
    transaction_id,
    step: 'post',
    business_event,
    reference: transaction_ref,
    description,
    currency,
    postings: [{ debit, credit, amount_cents }],
    // Money of today is valued on the day on which the ledger books it; history brings its own day.
    ...(batch_id === null ? {} : { value_date }),
    ...(hold_id === null ? {} : { hold_id }),
  }
}

function happeningOf(verdict: Verdict<ReplyOf<typeof postTransaction>> | undefined): Happening {
  if (verdict?.reply === undefined)
    return { kind: 'post_refused', code: refusalCode(verdict?.problem, postTransaction.problems) }
  const { ledger_transaction_id, value_date } = verdict.reply
  return { kind: 'posted', ledger_transaction_id, value_date }
}
