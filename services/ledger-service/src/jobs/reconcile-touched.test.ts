import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listReconciliations } from '#contracts/api/ledger-days.ts'
import { reconciliationFailed } from '#contracts/events/ledger.ts'
import { idMaker } from '#libs/ids/ids.ts'
import { createLog } from '#libs/telemetry/log.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import { type LedgerTest, openLedgerTest } from '../../testing/ledger-test.ts'
import { sealAll } from '../../testing/sealed.ts'
import { reconcileTouchedAccounts } from './reconcile-touched.ts'

/** One look at what was used since the last one: a test says when. */
function look({ client, runtime, clock, own }: LedgerTest): Promise<void> {
  const log = createLog({ service: 'ledger-service', level: 'fatal' })
  return reconcileTouchedAccounts.run({ ...client, database: runtime.database, clock, own, log, mintId: idMaker() })
}

describe('the continuous comparison', () => {
  test('tells of an account that keeps another balance than its entries give, soon after it was used, and once', async (t) => {
    const ledger = await openLedgerTest(t, { without: 'reconcile-touched' })
    const [a, b] = [
      await ledger.openAccount({ balance_cents: 100n }),
      await ledger.openAccount({ balance_cents: 100n }),
    ]
    await ledger.sql`update ledger_accounts set ledger_balance_cents = 150 where ledger_account_id = ${a}`
    await ledger.owner`alter table entries disable trigger user`
    await ledger.owner`update entries set signed_cents = 99 where ledger_account_id = ${a}`
    await ledger.owner`alter table entries enable trigger user`
    for (let i = 0; i < 3; i++) {
      await ledger.post({ from: a, to: b, cents: 1n })
      await sealAll(ledger)
    }
    await look(ledger)
    assert.equal((await ledger.published(reconciliationFailed)).length, 1)
    const [run] = (await ledger.call(listReconciliations, {}, aStaffMember('auditor'))).reply.items
    assert.deepEqual(
      [run?.scope, run?.status, run?.differences.map((one) => one.ledger_account_id)],
      ['CONTINUOUS', 'FAILED', [a]],
    )
    await ledger.post({ from: a, to: b, cents: 1n })
    await sealAll(ledger)
    assert.ok(ledger.own.sealing.touched.has(a))
    await look(ledger)
    assert.equal((await ledger.published(reconciliationFailed)).length, 1)
  })

  test('looks at every account of a transaction, not only at those of its first posting', async (t) => {
    const ledger = await openLedgerTest(t, { without: 'reconcile-touched' })
    const [a, b, c] = await Promise.all([1, 2, 3].map(() => ledger.openAccount({ balance_cents: 100n })))
    await sealAll(ledger)
    await look(ledger)
    await ledger.sql`update ledger_accounts set held_cents = 1 where ledger_account_id = ${c as string}`
    const postings = [
      { debit: a as string, credit: b as string, amount_cents: 1n },
      { debit: a as string, credit: c as string, amount_cents: 1n },
    ]
    await ledger.post({ postings })
    await sealAll(ledger)
    await look(ledger)
    const told = await ledger.published(reconciliationFailed)
    assert.deepEqual(
      told.map(({ account_id }) => account_id),
      [c],
    )
  })

  test('keeps no more accounts waiting than it has room for', async (t) => {
    const ledger = await openLedgerTest(t, { without: 'reconcile-touched' })
    const [a, b] = await Promise.all([1, 2].map(() => ledger.openAccount({ balance_cents: 100n })))
    await sealAll(ledger)
    const { touched } = ledger.own.sealing
    for (let i = touched.size; i < 499; i++) touched.add(`another ${i}`)
    touched.delete(a as string)
    touched.delete(b as string)
    for (let i = 0; i < 2; i++) touched.add(`one more ${i}`)
    await ledger.post({ from: a as string, to: b as string, cents: 1n })
    await sealAll(ledger)
    assert.deepEqual([touched.size, touched.has('one more 1'), touched.has(b as string)], [500, true, false])
  })
})
