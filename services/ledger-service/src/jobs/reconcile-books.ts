import type { Tx } from '#libs/sql/database.ts'
import { newTrace, withTrace } from '#libs/telemetry/context.ts'
import type { Log } from '#libs/telemetry/log.ts'
import { job } from '../config.ts'
import { allowLongStatements, DIFFERENCES_AT_MOST } from '../store/daily-books.ts'
import { reconcileSlice, type SliceCursor } from '../store/reconcile-slice.ts'
import { writeReconciliation } from '../store/reconciliations.ts'
import type { ReconciliationRow } from '../tables.ts'

/** Slices are made one after the other for this long at a stretch, so that a stop of the process never waits longer. */
const AT_A_STRETCH_MS = 1_000

type Ordered = ReconciliationRow & SliceCursor

/** Does the comparison that somebody or the night ordered, slice by slice, each with its progress in one transaction; bookings go on meanwhile. */
export const reconcileBooks = job('reconcile-books', {
  everyMs: 1_000,
  async run({ database, clock, log }) {
    const until = performance.now() + AT_A_STRETCH_MS
    for (let isUnderWay = true; isUnderWay && performance.now() < until; ) {
      const [ordered] = await database.app`select 1 from reconciliations where status = 'RUNNING'`
      if (ordered === undefined) return
      isUnderWay = await withTrace(newTrace(), () => database.transact((tx) => compareSome(tx, clock.bank.now(), log)))
    }
  },
})

/** One slice, of what somebody ordered first; false when there is none to make now. */
async function compareSome(tx: Tx, now: Date, log: Log): Promise<boolean> {
  const [run] = await tx<Ordered[]>`
    select *, accounts::float8 as accounts from reconciliations where status = 'RUNNING'
    order by is_nightly limit 1 for update skip locked`
  if (run === undefined) return false
  await allowLongStatements(tx)
  const slice = await reconcileSlice(tx, run)
  const [known] = await tx<{ ids: string[] | null }[]>`
    select array_agg(ledger_account_id) as ids from reconciliation_differences where run_id = ${run.run_id}`
  const told = new Set(known?.ids ?? [])
  const differences = slice.differences
    .filter((one) => !told.has(one.ledger_account_id))
    .slice(0, Math.max(0, DIFFERENCES_AT_MOST - told.size))
  const found = told.size + differences.length
  const status = slice.next !== null ? ('RUNNING' as const) : found === 0 ? ('PASSED' as const) : ('FAILED' as const)
  const completed_at = slice.next === null ? now : null
  await writeReconciliation(tx, { ...run, status, accounts: run.accounts + slice.accounts, completed_at }, differences)
  if (slice.next !== null) {
    const { cursor_account, cursor_sequence, cursor_cents } = slice.next
    await tx`
      update reconciliations set cursor_account = ${cursor_account}, cursor_sequence = ${cursor_sequence}, cursor_cents = ${cursor_cents}
      where run_id = ${run.run_id}`
  }
  const places = differences.slice(0, 10).map((one) => one.ledger_account_id)
  if (differences.length > 0) log.error({ run_id: run.run_id, found, places }, 'the books do not add up')
  return true
}
