import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listDailyBalances } from '#contracts/api/ledger.ts'
import { ledgerPeriodClosed } from '#contracts/events/ledger.ts'
import { newId } from '#libs/ids/ids.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { openBank } from '../../testing/open-bank.ts'

describe('the end of a business day', () => {
  test('the balances of all accounts that moved are kept, page by page, and a repeated end keeps them once', async (t) => {
    const bank = await openBank(t)
    const [a, b] = [newId(), newId()]
    let asked = 0
    bank.peer(listDailyBalances, ({ query: { cursor } }) => {
      asked += 1
      const day = { currency: 'EUR', opening_cents: -5n, debits_cents: 2n, credits_cents: 9n, closing_cents: 2n }
      const ledger_account_id = cursor === undefined ? a : b
      return { items: [{ ledger_account_id, ...day, entry_count: 2 }], next_cursor: cursor === undefined ? 'b' : null }
    })
    const close = (id?: string) => {
      const data = { period: '2026-03-01', business_date: '2026-03-01', is_month_end: false }
      return bank.receive(ledgerPeriodClosed, data, id)
    }
    const id = close()
    await eventually(async () => (await bank.sql`select 1 from snapshot_days`).count === 1)
    close(id)
    // The month is closed as well, by two persons: its days were kept before.
    const month = { period: '2026-03', kind: 'MONTH' as const, business_date: '2026-03-31', is_month_end: false }
    bank.receive(ledgerPeriodClosed, month)
    close()
    await eventually(() => asked === 6)
    const rows = await bank.sql`
      select account_id, snapshot_date, opening_cents, closing_cents from transaction_balance_snapshot order by account_id`
    const kept = { snapshot_date: '2026-03-01', opening_cents: -5n, closing_cents: 2n }
    assert.deepEqual(
      rows.map((row) => ({ ...row })),
      [a, b].map((account_id) => ({ account_id, ...kept })),
    )
    assert.equal((await bank.sql`select 1 from snapshot_days`).count, 1)
  })
})
