import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { listReconciliations } from '#contracts/api/ledger-days.ts'
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

  test('looks at every account of a transaction, not only at those of its first posting', async (t) => {
    const ledger = await openLedgerTest(t)
    const [a, b, c] = await Promise.all([1, 2, 3].map(() => ledger.openAccount({ balance_cents: 100n })))
    await sealAll(ledger)
    // What was used so far has been looked at.
    await sleep(1_200)
    await ledger.sql`update ledger_accounts set held_cents = 1 where ledger_account_id = ${c as string}`
    const postings = [
      { debit: a as string, credit: b as string, amount_cents: 1n },
      { debit: a as string, credit: c as string, amount_cents: 1n },
    ]
    await ledger.post({ postings })
    await sealAll(ledger)
    const [told] = await eventually(async () => {
      const events = await ledger.published(reconciliationFailed)
      return events.length > 0 && events
    })
    assert.equal(told?.account_id, c)
  })
})
