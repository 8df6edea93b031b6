import type { Static } from 'typebox'
import type { Transaction } from '#contracts/api/transaction.ts'
import type { Id } from '#libs/ids/ids.ts'
import type { Queryable } from '#libs/sql/database.ts'
import type { View } from '../seen-by.ts'
import type { TransactionRow } from '../tables.ts'

/** The columns of `transactions` in the order of the table, for every statement that reads whole rows. */
export function transactionColumns(sql: Queryable) {
  return sql`
    transaction_id, transaction_ref, transaction_type, status, stage, stage_at, source_account_id, destination_account_id, amount_cents,
    currency, description, external_reference, value_date, branch_id, hold_id, fraud_score, requires_approval, failure_code, initiated_by,
    approved_by, decision_reason, session_id, client_id, device_id, auth_method, batch_id, ledger_transaction_id, correlation_id,
    traceparent, event_count, created_at, completed_at, booked_at, reversal_of, reversed_by, cancelled_by, projected_from, sca, sca_policy`
}

/** Rows by id, in no particular order; unknown ids are left out. */
export function transactionsById(sql: Queryable, ids: readonly Id[]): Promise<TransactionRow[]> {
  return sql<
    TransactionRow[]
  >`select ${transactionColumns(sql)} from transactions where transaction_id = any(${ids as Id[]}::uuid[])`
}

/** What transactions are now, for replayed keys and for `Prefer: wait`, in the order of the ids and as `view` sees it. */
export async function presentTransactions(
  sql: Queryable,
  ids: readonly Id[],
  view: View,
): Promise<(Static<typeof Transaction> | undefined)[]> {
  const rows = new Map((await transactionsById(sql, ids)).map((row) => [row.transaction_id, row]))
  return ids.map((id) => {
    const row = rows.get(id)
    return row === undefined ? undefined : view.transaction(row)
  })
}

/** One transaction; a replica that has not heard of it yet is not believed. */
export async function findTransaction(
  { sql, own }: { sql: Queryable; own: { database: { app: Queryable } } },
  id: Id,
): Promise<TransactionRow | undefined> {
  const [row] = await transactionsById(sql, [id])
  return row ?? (await transactionsById(own.database.app, [id]))[0]
}
