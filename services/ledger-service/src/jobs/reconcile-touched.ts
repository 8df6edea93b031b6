import { newId } from '#libs/ids/ids.ts'
import type { JobContext } from '#libs/service/service.ts'
import { newTrace, withTrace } from '#libs/telemetry/context.ts'
import { job, type Own } from '../config.ts'
import { reconcileTouched } from '../store/reconcile-slice.ts'
import { type Difference, writeReconciliation } from '../store/reconciliations.ts'

/** Compares accounts soon after they were used with what was booked, all the while. A difference is recorded and told once in each process. */
export const reconcileTouchedAccounts = job('reconcile-touched', {
  everyMs: 1_000,
  inEveryProcess: true,
  async run(context) {
    const { touched } = context.own.sealing
    if (touched.size === 0) return
    const ids = [...touched]
    touched.clear()
    const differences = await reconcileTouched(context.database.app, ids)
    const news = differences.filter((one) => !context.own.sealing.told.has(one.ledger_account_id))
    if (news.length > 0) await withTrace(newTrace(), () => record(context, news, ids.length))
  },
})

async function record(
  { database, clock, own, log }: JobContext<Own>,
  differences: readonly Difference[],
  accounts: number,
): Promise<void> {
  const now = clock.bank.now()
  const run = {
    run_id: newId(),
    scope: 'CONTINUOUS' as const,
    business_date: own.known.business_date,
    status: 'FAILED' as const,
    accounts,
    started_at: now,
    completed_at: now,
  }
  await database.transact((tx) => writeReconciliation(tx, run, differences))
  for (const { ledger_account_id } of differences) own.sealing.told.add(ledger_account_id)
  const places = differences.slice(0, 10).map((one) => one.ledger_account_id)
  log.error({ run_id: run.run_id, found: differences.length, places }, 'accounts do not keep what was booked')
}
