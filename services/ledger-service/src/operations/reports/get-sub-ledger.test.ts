import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getGeneralLedger, getSubLedger } from '#contracts/api/ledger-reports.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { busyDays } from '../../../testing/busy-days.ts'
import { openLedgerTest, refusalOf } from '../../../testing/ledger-test.ts'

const staff = aStaffMember('auditor')

describe('getSubLedger', () => {
  test('shows what each account of a line did on a day, and sums up to the line', async (t) => {
    const ledger = await openLedgerTest(t)
    const { days, accounts } = await busyDays(ledger, 3)
    const [, day] = days as [string, string]
    const line = { gl_code: 'CUSTOMER_DEPOSITS', currency: 'EUR' }
    const list = async (query: object) =>
      (await ledger.call(getSubLedger, { query: { ...line, business_date: day, ...query } }, staff)).reply
    const page = await list({ limit: 1 })
    const rest = await list({ limit: 1, cursor: page.next_cursor })
    const items = [...page.items, ...rest.items]
    assert.deepEqual(
      items.map((item) => item.ledger_account_id),
      accounts.slice(0, 2).toSorted(),
    )
    assert.equal(rest.next_cursor, null)
    const { reply } = await ledger.call(getGeneralLedger, { query: { ...line, from: day, to: day } }, staff)
    const sum = (of: 'debits_cents' | 'credits_cents') => String(items.reduce((total, item) => total + item[of], 0n))
    assert.deepEqual([reply.days[0]?.debits, reply.days[0]?.credits], [sum('debits_cents'), sum('credits_cents')])
    const asked = ledger.call(getSubLedger, { query: { ...line, business_date: days[2] as string } }, staff)
    assert.equal(await refusalOf(asked), 'DAY_NOT_OVER')
    const wrong = ledger.call(getSubLedger, { query: { ...line, business_date: day, cursor: 'x' } }, staff)
    assert.equal(await refusalOf(wrong), 'CURSOR_WRONG')
    const customer = ledger.call(getSubLedger, { query: { ...line, business_date: day } }, aCustomer())
    assert.equal(await refusalOf(customer), 'FORBIDDEN')
  })
})
