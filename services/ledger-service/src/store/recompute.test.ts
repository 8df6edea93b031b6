import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openLedgerTest } from '../../testing/ledger-test.ts'
import { recompute } from './recompute.ts'

describe('recompute', () => {
  test('tells a balance, a hold and a count that were changed behind the ledger', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 100n })
    await ledger.placeHold({ ledger_account_id: id, amount_cents: 10n })
    assert.deepEqual(await recompute(ledger.owner), [])
    await ledger.sql`update ledger_accounts set ledger_balance_cents = 101, held_cents = 9, entry_count = 2 where ledger_account_id = ${id}`
    const found = await recompute(ledger.owner)
    assert.deepEqual(found.map((one) => one.kind).sort(), ['balance', 'currency', 'held', 'sequence'])
    assert.deepEqual(
      found.find((one) => one.kind === 'balance'),
      { kind: 'balance', id, kept: '101', recomputed: '100' },
    )
  })
})
