import { reconciliationFailed } from '#contracts/events/ledger.ts'
import { occurred } from '#libs/contract/event.ts'
import { publishAll } from '#libs/outbox/publish.ts'
import type { Queryable, Tx } from '#libs/sql/database.ts'
import type { ReconciliationRow } from '../tables.ts'
import { arrayLiteral } from './array-literal.ts'

/** An account whose kept number is not the one that its entries give. */
export interface Difference {
  readonly ledger_account_id: string
  readonly cached_cents: bigint
  readonly computed_cents: bigint
}

/** Writes a comparison as it ended (or as it begins), with what differs, and tells each account that does. */
export async function writeReconciliation(
  tx: Tx,
  run: ReconciliationRow,
  differences: readonly Difference[],
): Promise<void> {
  const { run_id, scope, business_date, status, accounts, started_at, completed_at } = run
  await tx`
    insert into reconciliations (run_id, scope, business_date, status, accounts, started_at, completed_at)
    values (${run_id}, ${scope}, ${business_date}, ${status}, ${accounts}, ${started_at}, ${completed_at})
    on conflict (run_id) do update set status = excluded.status, accounts = excluded.accounts, completed_at = excluded.completed_at`
  if (differences.length === 0) return
  await tx`
    insert into reconciliation_differences (run_id, ledger_account_id, cached_cents, computed_cents)
    select ${run_id}::uuid, * from unnest(${arrayLiteral(differences.map((one) => one.ledger_account_id))}::uuid[],
      ${arrayLiteral(differences.map((one) => one.cached_cents))}::bigint[],
      ${arrayLiteral(differences.map((one) => one.computed_cents))}::bigint[])`
  const events = differences.map(({ ledger_account_id: account_id, cached_cents, computed_cents }) =>
    occurred(reconciliationFailed, { run_id, account_id, cached_cents, computed_cents }),
  )
  await publishAll(tx, events)
}

/** Comparisons as the contract answers them, with what differed. */
export async function reconciliationReplies(sql: Queryable, runs: readonly ReconciliationRow[]) {
  const rows = await sql<(Difference & { run_id: string })[]>`
    select run_id, ledger_account_id, cached_cents, computed_cents from reconciliation_differences
    where run_id = any(${runs.map((run) => run.run_id)}::uuid[]) order by run_id, ledger_account_id`
  const differences = Map.groupBy(rows, (row) => row.run_id)
  return runs.map((run) => ({
    ...run,
    differences: (differences.get(run.run_id) ?? []).map(({ run_id: _same, ...difference }) => difference),
    started_at: run.started_at.toISOString(),
    completed_at: run.completed_at?.toISOString() ?? null,
  }))
}
