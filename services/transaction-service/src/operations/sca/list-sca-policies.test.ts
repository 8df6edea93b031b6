import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/transaction.ts'
import type { InputOf } from '#libs/contract/operation.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openBank } from '../../../testing/open-bank.ts'
import { refusedWith } from '../../../testing/refused-with.ts'
import { inForce, proposed } from '../../../testing/sca.ts'

describe('listScaPolicies', () => {
  test('what the bank began with stands in force until another does, and is always the last', async (t) => {
    const bank = await openBank(t, {}, 'production')
    const auditor = aStaffMember('auditor')
    const listed = async () => (await bank.call(api.listScaPolicies, {}, auditor)).reply
    const { items, next_cursor } = await listed()
    assert.equal(next_cursor, null)
    const told = items.map((item) => [item.policy_id, item.version, item.is_in_force, item.low_value_hundredths])
    assert.deepEqual(told, [[null, 0, true, 3_000]])
    await inForce(bank, { low_value_hundredths: 2_000 })
    await proposed(bank, { low_value_hundredths: 1_000 }, aStaffMember('compliance'))
    const after = (await listed()).items.map((item) => [item.version, item.status, item.is_in_force])
    assert.deepEqual(after, [
      [null, 'PROPOSED', false],
      [1, 'APPROVED', true],
      [0, 'APPROVED', false],
    ])
  })

  test('page by page, newest first, each once', async (t) => {
    const bank = await openBank(t)
    for (const count of [1, 2, 3, 4]) await proposed(bank, { low_value_count: count }, aStaffMember('compliance'))
    const counts: (number | null)[] = []
    let query: InputOf<typeof api.listScaPolicies>['query'] = { limit: 2 }
    for (let page = 1; page <= 2; page++) {
      const { items, next_cursor } = (await bank.call(api.listScaPolicies, { query }, aStaffMember('operator'))).reply
      counts.push(...items.map((item) => item.low_value_count))
      assert.equal(next_cursor === null, page === 2)
      query = { limit: 2, cursor: next_cursor ?? '' }
    }
    assert.deepEqual(counts.slice(0, 4), [4, 3, 2, 1])
    assert.equal(counts.length, 5, 'and what the bank began with')
  })

  test('refuses a cursor that it did not give out, customers, and staff whom it does not concern', async (t) => {
    const bank = await openBank(t)
    const list = (by: ReturnType<typeof aCustomer>, query: object = {}) => bank.call(api.listScaPolicies, { query }, by)
    await assert.rejects(list(aStaffMember('admin'), { cursor: 'made-up' }), refusedWith('CURSOR_WRONG'))
    for (const stranger of [aCustomer(), aStaffMember('teller', 'support')])
      await assert.rejects(list(stranger), refusedWith('FORBIDDEN'))
  })
})
