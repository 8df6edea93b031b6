import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getBusinessDate, moveSandboxClock } from '#contracts/api/ledger-days.ts'
import { anonymous } from '#libs/contract/client.ts'
import { aCustomer } from '#libs/testing/callers.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { openLedgerTest, refusalOf } from '../../../testing/ledger-test.ts'

describe('getBusinessDate', () => {
  test('is the date and time of the books, which run ahead when the sandbox moved them, and where they are going', async (t) => {
    const ledger = await openLedgerTest(t)
    const read = async () => (await ledger.call(getBusinessDate, {}, aCustomer())).reply
    const before = await read()
    assert.deepEqual(
      [before.business_date, before.moving_to],
      [ledger.clock.wall.now().toISOString().slice(0, 10), null],
    )
    await ledger.call(moveSandboxClock, { body: { advance_s: 86_400 * 3 } }, anonymous)
    assert.ok((await read()).moving_to !== null)
    await eventually(async () => (await read()).moving_to === null)
    const { business_date, bank_time, offset_ms } = await read()
    assert.ok(Math.abs(offset_ms - 3 * 86_400_000) < 60_000)
    assert.equal(business_date, ledger.clock.bank.businessDate())
    assert.ok(Math.abs(Date.parse(bank_time) - ledger.clock.bank.now().getTime()) < 5_000)
  })

  test('needs a sign-in', async (t) => {
    const ledger = await openLedgerTest(t)
    assert.equal(await refusalOf(ledger.call(getBusinessDate, {}, anonymous)), 'UNAUTHENTICATED')
  })
})
