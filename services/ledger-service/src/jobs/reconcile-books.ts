import type { Tx } from '#libs/sql/database.ts'
import { newTrace, withTrace } from '#libs/telemetry/context.ts'
import type { Log } from '#libs/telemetry/log.ts'
import { job } from '../config.ts'
import { allowLongStatements, DIFFERENCES_AT_MOST } from '../store/daily-books.ts'
import { type Discrepancy, recompute } from '../store/recompute.ts'
import { type Difference, writeReconciliation } from '../store/reconciliations.ts'
import type { ReconciliationRow } from '../tables.ts'

/** Does the comparison that somebody ordered, over one snapshot of the books; bookings go on meanwhile. */
export const reconcileBooks = job('reconcile-books', {
  everyMs: 1_000,
  async run({ database, clock, log }) {
    const [ordered] = await database.app`select 1 from reconciliations where status = 'RUNNING'`
    if (ordered !== undefined)
      await withTrace(newTrace(), () => database.transact((tx) => reconcile(tx, clock.bank.now(), log)))
  },
})

async function reconcile(tx: Tx, completed_at: Date, log: Log): Promise<void> {
  await tx`set transaction isolation level repeatable read`
  await allowLongStatements(tx)
  const [run] = await tx<
    ReconciliationRow[]
  >`select * from reconciliations where status = 'RUNNING' for update skip locked`
  if (run === undefined) return
  const found = await recompute(tx)
  const [counted] = await tx<{ accounts: number }[]>`select count(*)::float8 as accounts from ledger_accounts`
  const status = found.length === 0 ? ('PASSED' as const) : ('FAILED' as const)
  await writeReconciliation(
    tx,
    { ...run, status, accounts: counted?.accounts ?? 0, completed_at },
    differencesIn(found).slice(0, DIFFERENCES_AT_MOST),
  )
  const places = found.slice(0, 10).map(({ kind, id }) => `${kind} ${id}`)
  if (found.length > 0) log.error({ run_id: run.run_id, found: found.length, places }, 'the books do not add up')
}

/** What names an account, once each; a transaction or a currency that does not add up shows in the accounts that it moved, or in the log. */
function differencesIn(found: readonly Discrepancy[]): Difference[] {
  const differences = new Map<string, Difference>()
  for (const { kind, id, kept, recomputed } of found) {
    const ledger_account_id = id.slice(0, 36)
    if (kind === 'transaction' || kind === 'currency' || differences.has(ledger_account_id)) continue
    differences.set(ledger_account_id, {
      ledger_account_id,
      cached_cents: centsIn(kept),
      computed_cents: centsIn(recomputed),
    })
  }
  return [...differences.values()]
}

function centsIn(text: string): bigint {
  return /^-?\d+$/.test(text) ? BigInt(text) : 0n
}
