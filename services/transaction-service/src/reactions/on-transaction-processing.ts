import { postTransaction, reverseTransaction } from '#contracts/api/ledger.ts'
import { transactionProcessing } from '#contracts/events/transaction.ts'
import type { Verdict } from '#libs/contract/client.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import { traceOf } from '#libs/outbox/publish.ts'
import { invariant } from '#libs/problem/problem.ts'
import { react } from '../config.ts'
import { bookingOf } from '../domain/postings.ts'
import type { Happening } from '../domain/states.ts'
import { refusalCode } from '../domain/verdicts.ts'
import { advanceAll, type Happened, lockTransactions } from '../store/advances.ts'
import { type Reversal, reversalsIn } from '../store/reversals.ts'
import { transactionsById } from '../store/transactions.ts'
import type { TransactionRow } from '../tables.ts'

/** It has been decided to book: the ledger books, out of the hold where there is one, or undoes; or the transaction fails. */
export const onTransactionProcessing = react(transactionProcessing, {
  /** Only what still waits to be booked is sent; the step key makes a repetition answer the same. */
  ask: async (events, { callMany, own }): Promise<Happened[]> => {
    const { app } = own.database
    const rows = await transactionsById(
      app,
      events.map(({ data }) => data.transaction_id),
    )
    const waiting = new Map(rows.filter(({ stage }) => stage === 'PROCESSING').map((row) => [row.transaction_id, row]))
    const reversals = await reversalsIn(app, rows)
    const acts = events.flatMap((event) => {
      const row = waiting.get(event.data.transaction_id)
      return row === undefined ? [] : [{ row, trace: traceOf(event), reversal: reversals.get(row.transaction_id) }]
    })
    const posts = acts.filter(({ reversal }) => reversal === undefined)
    const undoings = acts.flatMap(({ row, trace, reversal }) =>
      reversal === undefined ? [] : [{ row, trace, reversal }],
    )
    const [posted, undone] = await Promise.all([
      callMany(
        postTransaction,
        posts.map(({ row, trace }) => ({ body: commandFor(row), trace })),
      ),
      callMany(
        reverseTransaction,
        undoings.map(({ row, trace, reversal }) => ({ ...undoingOf(row, reversal), trace })),
      ),
    ])
    return [
      ...posts.map(({ row, trace }, i) => happenedTo(row, happeningOf(posted[i], postTransaction.problems), trace)),
      ...undoings.flatMap(({ row, trace, reversal }, i) => {
        const happening = happeningOf(undone[i], reverseTransaction.problems)
        const own = happenedTo(row, happening, trace)
        return happening.kind === 'posted' ? [own, reversedBy(row, reversal, trace)] : [own]
      }),
    ]
  },

  async run(_events, happened, { tx, clock }) {
    const locked = await lockTransactions(
      tx,
      happened.map(({ transaction_id }) => transaction_id),
    )
    const stages = new Map(locked.map((row) => [row.transaction_id, row.stage]))
    for (const { transaction_id, happening } of happened) {
      const stage = stages.get(transaction_id)
      const isGivenUp = stage === 'RELEASING' || stage === 'FAILED' || stage === 'CANCELLED'
      invariant(!(happening.kind === 'posted' && isGivenUp), `${transaction_id} was booked after it had been given up`)
    }
    await advanceAll(tx, locked, happened, clock.wall.now())
  },
})

type Trace = NonNullable<Happened['trace']>

function happenedTo({ transaction_id }: TransactionRow, happening: Happening, trace: Trace): Happened {
  return { transaction_id, happening, trace }
}

/** What was undone hears of it in the transaction in which the undoing ends. */
function reversedBy({ transaction_id: reversal_id }: TransactionRow, reversal: Reversal, trace: Trace): Happened {
  const { reversal_of: transaction_id, reason_code } = reversal
  return { transaction_id, happening: { kind: 'reversed', reversal_id, reason_code }, trace }
}

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
    // What leaves over the counter had no hold before it that would have counted.
    ...(business_event === 'CASH_WITHDRAWAL' ? { is_limited: true } : {}),
  }
}

/** The command that undoes: the reason goes as a code, because the ledger's text is read by customers. */
function undoingOf({ transaction_id }: TransactionRow, { ledger_transaction_id, reason_code }: Reversal) {
  return { params: { ledger_transaction_id }, body: { transaction_id, step: 'reverse', reason: reason_code } }
}

function happeningOf(
  verdict: Verdict<ReplyOf<typeof postTransaction>> | undefined,
  refusals: readonly string[],
): Happening {
  if (verdict?.reply === undefined) return { kind: 'post_refused', code: refusalCode(verdict?.problem, refusals) }
  const { ledger_transaction_id, value_date, booked_at } = verdict.reply
  return { kind: 'posted', ledger_transaction_id, value_date, booked_at: new Date(booked_at) }
}
