import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listDailyBalances } from '#contracts/api/ledger.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import { openLedgerTest, passDays, refusalOf, transactions } from '../../../testing/ledger-test.ts'

describe('listDailyBalances', () => {
  test('shows each customer account that moved on the day, page by page, and no own account', async (t) => {
    const ledger = await openLedgerTest(t)
    const ids = await Promise.all([10n, 20n, 30n].map((balance_cents) => ledger.openAccount({ balance_cents })))
    const [first] = await passDays(ledger, 1)
    await ledger.post({ from: ids[0] as string, to: 'CASH', cents: 4n })
    const [second] = await passDays(ledger, 1)
    const list = async (query: { business_date: string; limit?: number; cursor?: string }) =>
      (await ledger.call(listDailyBalances, { query }, transactions)).reply
    const page = await list({ business_date: first as string, limit: 2 })
    const rest = await list({ business_date: first as string, limit: 2, cursor: page.next_cursor as string })
    assert.deepEqual(
      [...page.items, ...rest.items].map((row) => row.ledger_account_id),
      ids.toSorted(),
    )
    assert.deepEqual([page.items.length, rest.next_cursor], [2, null])
    const { items } = await list({ business_date: second as string })
    assert.deepEqual(items, [
      {
        ledger_account_id: ids[0],
        currency: 'EUR',
        opening_cents: 10n,
        debits_cents: 4n,
        credits_cents: 0n,
        closing_cents: 6n,
        entry_count: 1,
      },
    ])
  })

  test('refuses a day that is not over, a wrong cursor, and people', async (t) => {
    const ledger = await openLedgerTest(t)
    const business_date = ledger.clock.bank.businessDate()
    const list = (query: object, caller = transactions) =>
      refusalOf(ledger.call(listDailyBalances, { query: { business_date, ...query } }, caller))
    assert.equal(await list({}), 'DAY_NOT_OVER')
    assert.equal(await list({ cursor: 'x' }), 'CURSOR_WRONG')
    assert.equal(await list({}, aStaffMember('admin')), 'FORBIDDEN')
  })
})
