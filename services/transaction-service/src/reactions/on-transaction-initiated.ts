import { placeHold } from '#contracts/api/ledger.ts'
import { transactionInitiated } from '#contracts/events/transaction.ts'
import { traceOf } from '#libs/outbox/publish.ts'
import { react } from '../config.ts'
import { refusalCode } from '../domain/verdicts.ts'
import { advanceAll, lockTransactions } from '../store/advances.ts'

/** Longer than any wait for a second person may take; the ledger gives the money back by itself after that. Bank clock. */
const HOLD_EXPIRES_IN_S = 7 * 86_400

/** A transfer has begun: its amount is reserved, or it has failed. */
export const onTransactionInitiated = react(transactionInitiated, {
  /** One call for the batch; the step key makes a repeated delivery answer the same. */
  ask: async (events, { callMany }) => {
    const transfers = events.filter(({ data }) => data.transaction_type === 'TRANSFER')
    const verdicts = await callMany(
      placeHold,
      transfers.map((event) => {
        const { transaction_id, account_id, amount_cents, currency } = event.data
        const amount = { amount_cents, currency, expires_in_s: HOLD_EXPIRES_IN_S }
        return {
          body: { transaction_id, step: 'hold', ledger_account_id: account_id, ...amount },
          trace: traceOf(event),
        }
      }),
    )
    return transfers.map((event, i) => ({ event, verdict: verdicts[i] }))
  },

  async run(_events, asked, { tx, clock }) {
    const ids = asked.map(({ event }) => event.data.transaction_id)
    const happened = asked.map(({ event, verdict }) => ({
      transaction_id: event.data.transaction_id,
      happening:
        verdict?.reply === undefined
          ? { kind: 'hold_refused' as const, code: refusalCode(verdict?.problem, placeHold.problems) }
          : { kind: 'hold_placed' as const, hold_id: verdict.reply.hold_id },
      trace: traceOf(event),
    }))
    await advanceAll(tx, await lockTransactions(tx, ids), happened, clock.wall.now())
  },
})
