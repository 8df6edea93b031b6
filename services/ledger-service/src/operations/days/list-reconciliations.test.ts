import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listReconciliations } from '#contracts/api/ledger.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openLedgerTest, passDays, refusalOf } from '../../../testing/ledger-test.ts'

describe('listReconciliations', () => {
  test('shows that of each day, newest first, page by page', async (t) => {
    const ledger = await openLedgerTest(t)
    await ledger.openAccount({ balance_cents: 5n })
    const days = await passDays(ledger, 3)
    const list = async (query: object) =>
      (await ledger.call(listReconciliations, { query }, aStaffMember('compliance'))).reply
    const page = await list({ limit: 2 })
    const { items, next_cursor } = await list({ limit: 2, cursor: page.next_cursor })
    const all = [...page.items, ...items]
    assert.deepEqual(
      all.map(({ business_date, scope, status, accounts }) => [business_date, scope, status, accounts]),
      days.toReversed().map((day, i) => [day, 'DAY', 'PASSED', i === 2 ? 2 : 0]),
    )
    assert.equal(next_cursor, null)
  })

  test('refuses a wrong cursor, and customers', async (t) => {
    const ledger = await openLedgerTest(t)
    const list = (query: object, caller = aStaffMember('operator')) =>
      refusalOf(ledger.call(listReconciliations, { query }, caller))
    assert.equal(await list({ cursor: '1' }), 'CURSOR_WRONG')
    assert.equal(await list({}, aCustomer()), 'FORBIDDEN')
  })
})
