import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getAggregates } from '#contracts/api/ledger-reports.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { busyDays } from '../../../testing/busy-days.ts'
import { openLedgerTest, refusalOf } from '../../../testing/ledger-test.ts'

const staff = aStaffMember('auditor')

describe('getAggregates', () => {
  test('sums what was booked with a key by its values, over business days that are closed and open', async (t) => {
    const ledger = await openLedgerTest(t)
    const { days } = await busyDays(ledger, 3)
    const [from, to] = [days[0] as string, days[2] as string]
    const read = async (query: object) =>
      (await ledger.call(getAggregates, { query: { key: 'project', from, to, ...query } }, staff)).reply.items
    const north = { value: 'north', currency: 'EUR', transactions: 4, postings: 4, amount: '210' }
    const south = { value: 'south', currency: 'EUR', transactions: 2, postings: 2, amount: '105' }
    assert.deepEqual(await read({}), [north, south])
    assert.deepEqual(await read({ value: 'south' }), [south])
    assert.deepEqual(await read({ to: from }), [{ ...north, transactions: 2, postings: 2, amount: '103' }])
    assert.deepEqual(await read({ key: 'colour' }), [])
  })

  test('is for staff, and refuses a range that ends before it begins', async (t) => {
    const ledger = await openLedgerTest(t)
    const query = { key: 'project', from: '2026-03-02', to: '2026-03-01' }
    assert.equal(await refusalOf(ledger.call(getAggregates, { query }, aCustomer())), 'FORBIDDEN')
    assert.equal(await refusalOf(ledger.call(getAggregates, { query }, staff)), 'RANGE_WRONG')
  })
})
