import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { listReconciliations } from '#contracts/api/ledger.ts'
import { reconciliationFailed } from '#contracts/events/ledger.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { openLedgerTest } from '../../testing/ledger-test.ts'
import { sealAll } from '../../testing/sealed.ts'

describe('the continuous comparison', () => {
  test('tells of an account that keeps another balance than its entries give, soon after it was used, and once', async (t) => {
    const ledger = await openLedgerTest(t)
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
    await eventually(async () => (await ledger.published(reconciliationFailed)).length > 0)
    const [run] = (await ledger.call(listReconciliations, {}, aStaffMember('auditor'))).reply.items
    assert.deepEqual(
      [run?.scope, run?.status, run?.differences.map((one) => one.ledger_account_id)],
      ['CONTINUOUS', 'FAILED', [a]],
    )
    await ledger.post({ from: a, to: b, cents: 1n })
    await sealAll(ledger)
    await sleep(1_200)
    assert.equal((await ledger.published(reconciliationFailed)).length, 1)
  })
})
