import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type LedgerTest, openLedgerTest } from '../../testing/ledger-test.ts'
import { reconcileSlice, type SliceCursor } from './reconcile-slice.ts'

/** Everything in slices so small that most accounts take several. */
async function walk({ sql }: LedgerTest) {
  let cursor: SliceCursor | null = { cursor_account: null, cursor_sequence: 0n, cursor_cents: 0n }
  let [accounts, slices] = [0, 0]
  const differing = new Set<string>()
  while (cursor !== null) {
    const slice = await reconcileSlice(sql, cursor, { entries: 7, accounts: 3 })
    for (const one of slice.differences) differing.add(one.ledger_account_id)
    accounts += slice.accounts
    slices += 1
    cursor = slice.next
  }
  return { accounts, slices, differing: [...differing].sort() }
}

describe('a comparison in slices', () => {
  test('reaches every account and entry, and names exactly those that were tampered with', async (t) => {
    const ledger = await openLedgerTest(t)
    const ids = await Promise.all([0, 1, 2, 3, 4].map(() => ledger.openAccount({ balance_cents: 1_000n })))
    for (let i = 0; i < 40; i++)
      await ledger.post({ from: ids[i % 5] as string, to: ids[(i + 1 + (i % 3)) % 5] as string })
    await ledger.placeHold({ ledger_account_id: ids[0] as string, amount_cents: 10n })
    const [count] = await ledger.sql<{ accounts: number }[]>`select count(*)::int as accounts from ledger_accounts`
    const well = await walk(ledger)
    assert.deepEqual([well.accounts, well.differing], [count?.accounts, []])
    assert.ok(well.slices > 8, `${well.slices} slices`)
    await ledger.sql`update ledger_accounts set held_cents = held_cents + 1 where ledger_account_id = ${ids[0] as string}`
    await ledger.sql`update ledger_accounts set ledger_balance_cents = ledger_balance_cents + 1 where ledger_account_id = ${ids[1] as string}`
    await ledger.sql`update ledger_accounts set entry_count = entry_count - 1 where ledger_account_id = ${ids[2] as string}`
    await ledger.owner`alter table entries disable trigger user`
    await ledger.owner`update entries set balance_cents = balance_cents + 1 where ledger_account_id = ${ids[3] as string} and sequence = 5`
    await ledger.owner`alter table entries enable trigger user`
    assert.deepEqual((await walk(ledger)).differing, ids.slice(0, 4).sort())
  })
})
