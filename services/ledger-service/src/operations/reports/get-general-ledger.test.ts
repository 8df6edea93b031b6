import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getGeneralLedger, getTrialBalance } from '#contracts/api/ledger-reports.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { busyDays } from '../../../testing/busy-days.ts'
import { openLedgerTest, refusalOf } from '../../../testing/ledger-test.ts'
import { dayFrom } from '../../domain/value-dates.ts'

const staff = aStaffMember('auditor')

describe('getGeneralLedger', () => {
  test('leads day by day from the balance before to the one of the trial balance, by booking and by value', async (t) => {
    const ledger = await openLedgerTest(t)
    const { days } = await busyDays(ledger, 4)
    const [first, last] = [days[1] as string, dayFrom(days[2] as string, 1)]
    for (const gl_code of ['CASH', 'FEE_INCOME', 'CUSTOMER_DEPOSITS']) {
      const line = { gl_code, currency: 'EUR' }
      const read = async (query: { from: string; to: string; basis: 'booking' | 'value' }) =>
        (await ledger.call(getGeneralLedger, { query: { ...line, ...query } }, staff)).reply
      for (const [from, to] of [
        [first, last],
        [days[0] as string, first],
        [last, dayFrom(last, 9)],
      ] as const) {
        const [booked, valued] = [await read({ from, to, basis: 'booking' }), await read({ from, to, basis: 'value' })]
        assert.deepEqual(
          [valued.opening_balance, valued.closing_balance],
          [await asOf(dayFrom(from, -1)), await asOf(to)],
        )
        const [sums] = await ledger.sql<{ before: bigint; after: bigint }[]>`
          select coalesce(sum(signed_cents) filter (where business_date < ${from}), 0)::int8 as before,
            coalesce(sum(signed_cents), 0)::int8 as after
          from entries join ledger_accounts using (ledger_account_id)
          where gl_code = ${gl_code} and currency = 'EUR' and business_date <= ${to}`
        assert.deepEqual([booked.opening_balance, booked.closing_balance], [String(sums?.before), String(sums?.after)])
        for (const { days: moved, opening_balance, closing_balance } of [booked, valued]) {
          assert.deepEqual(
            moved.map((day) => day.date).toSorted(),
            moved.map((day) => day.date),
          )
          assert.equal(moved.at(-1)?.balance ?? opening_balance, closing_balance)
        }
      }
      const whole = { from: dayFrom(first, -30), to: dayFrom(first, 30) }
      const [counted] = await ledger.sql<{ entries: number }[]>`
        select count(*)::int as entries from entries join ledger_accounts using (ledger_account_id) where gl_code = ${gl_code} and currency = 'EUR'`
      for (const basis of ['booking', 'value'] as const) {
        const { days: moved, ledger_account_id } = await read({ ...whole, basis })
        assert.equal(
          moved.reduce((sum, day) => sum + day.entries, 0),
          counted?.entries,
        )
        assert.equal(ledger_account_id === null, gl_code === 'CUSTOMER_DEPOSITS')
      }
      async function asOf(as_of: string): Promise<string> {
        const { reply } = await ledger.call(getTrialBalance, { query: { as_of } }, staff)
        const found = reply.currencies[0]?.lines.find((one) => one.gl_code === gl_code)
        const net = BigInt(found?.debits ?? 0) - BigInt(found?.credits ?? 0)
        return String(gl_code === 'CASH' ? net : -net)
      }
    }
  })

  test('refuses customers, a range that ends before it begins, and a line that the chart has not', async (t) => {
    const ledger = await openLedgerTest(t)
    const query = { gl_code: 'CASH', currency: 'EUR', from: '2026-03-01', to: '2026-03-02' }
    assert.equal(await refusalOf(ledger.call(getGeneralLedger, { query }, aCustomer())), 'FORBIDDEN')
    const nowhere = { ...query, gl_code: 'NOWHERE' }
    assert.equal(await refusalOf(ledger.call(getGeneralLedger, { query: nowhere }, staff)), 'GL_LINE_NOT_FOUND')
    const backwards = { ...query, to: '2026-02-01' }
    assert.equal(await refusalOf(ledger.call(getGeneralLedger, { query: backwards }, staff)), 'RANGE_WRONG')
  })
})
