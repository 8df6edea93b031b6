import * as api from '#contracts/api/transaction.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { problems } from '../../problems.ts'
import { findTransaction } from '../../store/transactions.ts'

type Line = ReplyOf<typeof api.listTransactionAudit>['items'][number]

/** What people decided about a transaction, oldest first; most are decided about by nobody. */
export const listTransactionAudit = implementRead(api.listTransactionAudit, {
  toleratesLag: true,
  async read({ params: { transaction_id } }, context) {
    if ((await findTransaction(context, transaction_id)) === undefined)
      throw new Problem(problems.TRANSACTION_NOT_FOUND)
    const rows = await context.sql<(Omit<Line, 'acted_at'> & { acted_at: Date })[]>`
      select sequence, action, status_before, status_after, reason, acted_by, acted_at, correlation_id
      from transaction_audit where transaction_id = ${transaction_id} order by sequence`
    return { items: rows.map((row) => ({ ...row, acted_at: row.acted_at.toISOString() })) }
  },
})
