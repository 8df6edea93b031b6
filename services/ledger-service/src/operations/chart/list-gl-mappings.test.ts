import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listGlMappings } from '#contracts/api/ledger-chart.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openLedgerTest, refusalOf } from '../../../testing/ledger-test.ts'

describe('listGlMappings', () => {
  test('pages through what counts without a gap or a repeat', async (t) => {
    const ledger = await openLedgerTest(t)
    const list = async (query: object, caller = aStaffMember('compliance')) =>
      (await ledger.call(listGlMappings, { query }, caller)).reply
    const all = (await list({ limit: 200 })).items
    assert.ok(all.length > 40)
    const paged: typeof all = []
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await list(cursor === undefined ? { limit: 20 } : { limit: 20, cursor })
      paged.push(...page.items)
      cursor = page.next_cursor
    }
    assert.deepEqual(paged, all)
    assert.deepEqual(
      (await list({ business_event: 'CASH_DEPOSIT' })).items.map(({ role, gl_code }) => [role, gl_code]),
      [['cash', 'CASH']],
    )
    assert.equal(await refusalOf(list({ cursor: 'x' })), 'CURSOR_WRONG')
    assert.equal(await refusalOf(list({}, aCustomer())), 'FORBIDDEN')
  })
})
