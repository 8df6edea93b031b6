import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listReconciliations } from '#contracts/api/ledger-days.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openLedgerTest, passDays, refusalOf } from '../../../testing/ledger-test.ts'

describe('listReconciliations', () => {
  test('shows that of each day, newest first, page by page', async (t) => {
    const ledger = await openLedgerTest(t)
    await ledger.openAccount({ balance_cents: 5n })
    const days = await passDays(ledger, 3)
    const list = async (query: object) =>
      (await ledger.call(listReconciliations, { query }, aStaffMember('compliance'))).reply
    const all: Awaited<ReturnType<typeof list>>['items'] = []
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await list(cursor === undefined ? { limit: 2 } : { limit: 2, cursor })
      all.push(...page.items)
      cursor = page.next_cursor
    }
    assert.deepEqual(
      all
        .filter(({ scope }) => scope === 'DAY')
        .map(({ business_date, status, accounts }) => [business_date, status, accounts]),
      days.toReversed().map((day, i) => [day, 'PASSED', i === 2 ? 2 : 0]),
    )
    // Beside each day's own, everything is compared at night.
    const [nightly] = all.filter(({ scope }) => scope === 'FULL').slice(-1)
    assert.equal(nightly?.business_date, days[0])
  })

  test('refuses a wrong cursor, and customers', async (t) => {
    const ledger = await openLedgerTest(t)
    const list = (query: object, caller = aStaffMember('operator')) =>
      refusalOf(ledger.call(listReconciliations, { query }, caller))
    assert.equal(await list({ cursor: '1' }), 'CURSOR_WRONG')
    assert.equal(await list({}, aCustomer()), 'FORBIDDEN')
  })
})
