import { releaseHold } from '#contracts/api/ledger.ts'
import { transactionReleasing } from '#contracts/events/transaction.ts'
import { traceOf } from '#libs/outbox/publish.ts'
import { react } from '../config.ts'
import { refusalCode } from '../domain/verdicts.ts'
import { advanceAll, lockTransactions } from '../store/advances.ts'
import { transactionsById } from '../store/transactions.ts'

/** It has been decided to give up: the hold is given back, and with that the transaction has failed. */
export const onTransactionReleasing = react(transactionReleasing, {
  /** Giving back what was given back already changes nothing, so the ledger may be asked twice. */
  ask: async (events, { callMany, own }) => {
    const rows = await transactionsById(
      own.database.app,
      events.map(({ data }) => data.transaction_id),
    )
    const holds = new Map(rows.map((row) => [row.transaction_id, row.hold_id]))
    const commands = events.flatMap((event) => {
      const { transaction_id, code: reason_code } = event.data
      const hold_id = holds.get(transaction_id) ?? null
      const body = { transaction_id, step: 'release', reason_code }
      return hold_id === null ? [] : [{ params: { hold_id }, body, trace: traceOf(event) }]
    })
    const verdicts = await callMany(releaseHold, commands)
    // A hold that the ledger does not know holds nothing back: that is a refusal of the contract too.
    for (const { problem } of verdicts) if (problem !== undefined) refusalCode(problem, releaseHold.problems)
  },

  async run(events, _asked, { tx, clock }) {
    const happened = events.map((event) => ({
      transaction_id: event.data.transaction_id,
      happening: { kind: 'hold_released' as const },
      trace: traceOf(event),
    }))
    const ids = happened.map(({ transaction_id }) => transaction_id)
    await advanceAll(tx, await lockTransactions(tx, ids), happened, clock.wall.now())
  },
})
