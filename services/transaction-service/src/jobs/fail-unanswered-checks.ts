import { job } from '../config.ts'
import { advanceAll } from '../store/advances.ts'
import { transactionColumns } from '../store/transactions.ts'
import type { TransactionRow } from '../tables.ts'

const AT_ONCE = 500

/** Gives up transfers whose fraud check has not answered within `fraud_timeout_s` of the wall clock: no verdict is no permission. */
export const failUnansweredChecks = job('fail unanswered fraud checks', {
  everyMs: 1_000,
  run: async ({ database, clock, own }) => {
    for (let failed = AT_ONCE; failed === AT_ONCE; ) {
      const now = clock.wall.now()
      const latest = new Date(now.getTime() - own.settings.fraud_timeout_s * 1_000)
      failed = await database.transact(async (tx) => {
        // Rows that a verdict is arriving for are locked, and left to it.
        const rows = await tx<TransactionRow[]>`
          select ${transactionColumns(tx)} from transactions
          where transaction_id = any(array(
            select transaction_id from waiting_transactions where stage = 'RESERVED' and since <= ${latest}
            order by transaction_id limit ${AT_ONCE}))
          order by transaction_id for update skip locked`
        const happened = rows.map(({ transaction_id }) => ({
          transaction_id,
          happening: { kind: 'fraud_timeout' } as const,
        }))
        await advanceAll(tx, rows, happened, now)
        return rows.length
      })
    }
  },
})
