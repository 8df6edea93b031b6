import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listReconciliations, runReconciliation } from '#contracts/api/ledger-days.ts'
import { reconciliationFailed } from '#contracts/events/ledger.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { type LedgerTest, openLedgerTest, refusalOf } from '../../../testing/ledger-test.ts'

const order = async (ledger: LedgerTest) => (await ledger.call(runReconciliation, {}, aStaffMember('auditor'))).reply

/** The last comparison, when it has ended. */
async function ended(ledger: LedgerTest) {
  return eventually(async () => {
    const { items } = (await ledger.call(listReconciliations, {}, aStaffMember('auditor'))).reply
    // The continuous comparison may tell of the same account before.
    const run = items.find((one) => one.scope === 'FULL')
    return run !== undefined && run.status !== 'RUNNING' ? run : false
  })
}

describe('runReconciliation', () => {
  test('compares everything with what was booked, and passes', async (t) => {
    const ledger = await openLedgerTest(t)
    await ledger.openAccount({ balance_cents: 100n })
    const { run_id, status, scope } = await order(ledger)
    assert.deepEqual([status, scope], ['RUNNING', 'FULL'])
    const run = await ended(ledger)
    assert.deepEqual([run.run_id, run.status, run.accounts, run.differences], [run_id, 'PASSED', 2, []])
    assert.deepEqual(await ledger.published(reconciliationFailed), [])
  })

  test('tells each account that differs once, recorded and published', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 100n })
    await ledger.sql`update ledger_accounts set ledger_balance_cents = 101, entry_count = 9 where ledger_account_id = ${id}`
    const { run_id } = await order(ledger)
    const run = await ended(ledger)
    const differs = { cached_cents: 101n, computed_cents: 100n }
    assert.deepEqual([run.status, run.differences], ['FAILED', [{ ledger_account_id: id, ...differs }]])
    const told = await ledger.published(reconciliationFailed)
    assert.deepEqual(
      told.filter((one) => one.run_id === run_id),
      [{ run_id, account_id: id, ...differs }],
    )
  })

  test('refuses a second while one is under way, and tellers', async (t) => {
    const ledger = await openLedgerTest(t)
    const tries = await Promise.allSettled([order(ledger), order(ledger), order(ledger)])
    const codes = await Promise.all(
      tries.filter((one) => one.status === 'rejected').map((one) => refusalOf(Promise.reject(one.reason))),
    )
    assert.deepEqual([...new Set(codes)], ['RECONCILIATION_RUNNING'])
    assert.equal(await refusalOf(ledger.call(runReconciliation, {}, aStaffMember('teller'))), 'FORBIDDEN')
  })
})
