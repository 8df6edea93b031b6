import * as api from '#contracts/api/transaction.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { problems } from '../../problems.ts'
import { seenBy } from '../../seen-by.ts'
import type { TransactionEventRow } from '../../tables.ts'

/** What happened to a transaction, step by step; its stream is never empty and never longer than the saga. */
export const listTransactionEvents = implementRead(api.listTransactionEvents, {
  toleratesLag: true,
  async read({ params }, { sql, caller }) {
    const view = seenBy(caller)
    const rows = await sql<TransactionEventRow[]>`
      select transaction_id, sequence, event_type, status, code, data, occurred_at, correlation_id
      from transaction_events where transaction_id = ${params.transaction_id} order by sequence`
    if (rows.length === 0) throw new Problem(problems.TRANSACTION_NOT_FOUND)
    const items = rows.map(({ sequence, event_type, status, code, occurred_at, correlation_id }) => {
      const told = { sequence, event_type, status, code: view.code(code), correlation_id }
      return { ...told, occurred_at: occurred_at.toISOString() }
    })
    return { items }
  },
})
