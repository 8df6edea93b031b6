import { runReconciliation as contract } from '#contracts/api/ledger-days.ts'
import { implement } from '../../config.ts'
import { reconciliationReplies, writeReconciliation } from '../../store/reconciliations.ts'

/** Orders a comparison of everything; the job `reconcile-books` does it. One at a time: a second is refused by the index on running ones. */
export const runReconciliation = implement(contract, {
  async run(_input, { tx, clock, own, mintId }) {
    const run = {
      run_id: mintId(),
      scope: 'FULL' as const,
      business_date: own.known.business_date,
      status: 'RUNNING' as const,
      accounts: 0,
      started_at: clock.bank.now(),
      completed_at: null,
    }
    await writeReconciliation(tx, run, [])
    const [reply] = await reconciliationReplies(tx, [run])
    if (reply === undefined) throw new Error('a reconciliation has no reply')
    return reply
  },
})
