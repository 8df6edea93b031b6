import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listEndOfDayRuns } from '#contracts/api/ledger-days.ts'
import { aService, aStaffMember } from '#libs/testing/callers.ts'
import { openLedgerTest, passDays, refusalOf } from '../../../testing/ledger-test.ts'

describe('listEndOfDayRuns', () => {
  test('pages through the days from the newest back', async (t) => {
    const ledger = await openLedgerTest(t)
    const days = await passDays(ledger, 3)
    const list = async (query: object) =>
      (await ledger.call(listEndOfDayRuns, { query }, aService('admin-service'))).reply
    const page = await list({ limit: 2 })
    const rest = await list({ limit: 2, cursor: page.next_cursor })
    assert.deepEqual(
      [...page.items, ...rest.items].map((run) => run.business_date),
      days.toReversed(),
    )
    assert.equal(rest.next_cursor, null)
  })

  test('refuses a wrong cursor, and other services', async (t) => {
    const ledger = await openLedgerTest(t)
    const list = (query: object, caller = aStaffMember('operator')) =>
      refusalOf(ledger.call(listEndOfDayRuns, { query }, caller))
    for (const cursor of ['2026-99-99', '2026-02-30', '0000-01-01'])
      assert.equal(await list({ cursor }), 'CURSOR_WRONG')
    assert.equal(await list({}, aService('fraud-service')), 'FORBIDDEN')
  })
})
