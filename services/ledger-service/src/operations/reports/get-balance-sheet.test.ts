import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getBalanceSheet, getTrialBalance } from '#contracts/api/ledger-reports.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { busyDays } from '../../../testing/busy-days.ts'
import { openLedgerTest, refusalOf } from '../../../testing/ledger-test.ts'
import { dayFrom } from '../../domain/value-dates.ts'

const staff = aStaffMember('auditor')

describe('getBalanceSheet', () => {
  test('assets are liabilities, equity and the result, on every date in each currency, and are those of the trial balance', async (t) => {
    const ledger = await openLedgerTest(t)
    const { days } = await busyDays(ledger, 3)
    const dates = Array.from({ length: 12 }, (_, i) => dayFrom(days[0] as string, i - 4))
    for (const as_of of [...dates, dayFrom(days[0] as string, 90)]) {
      const { reply: sheet } = await ledger.call(getBalanceSheet, { query: { as_of } }, staff)
      const { reply: trial } = await ledger.call(getTrialBalance, { query: { as_of } }, staff)
      assert.deepEqual(
        sheet.currencies.map((one) => one.currency),
        trial.currencies.map((one) => one.currency),
      )
      for (const [i, one] of sheet.currencies.entries()) {
        assert.deepEqual([one.is_balanced, one.difference], [true, '0'])
        const lines = trial.currencies[i]?.lines ?? []
        const net = (type: string) =>
          lines
            .filter((line) => line.account_type === type)
            .reduce((sum, line) => sum + BigInt(line.debit_total) - BigInt(line.credit_total), 0n)
        assert.equal(trial.currencies[i]?.is_balanced, true)
        assert.deepEqual(
          [one.total_assets, one.total_liabilities, one.total_equity, one.result],
          [net('ASSET'), -net('LIABILITY'), -net('EQUITY'), -net('INCOME') - net('EXPENSE')].map(String),
        )
      }
    }
  })

  test('is for staff', async (t) => {
    const ledger = await openLedgerTest(t)
    assert.equal(await refusalOf(ledger.call(getBalanceSheet, {}, aCustomer())), 'FORBIDDEN')
  })
})
