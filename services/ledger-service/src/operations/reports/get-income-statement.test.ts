import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { postTransaction } from '#contracts/api/ledger.ts'
import { getBalanceSheet, getIncomeStatement } from '#contracts/api/ledger-reports.ts'
import { aCustomer, aService, aStaffMember } from '#libs/testing/callers.ts'
import { busyDays } from '../../../testing/busy-days.ts'
import { openLedgerTest, postBody, refusalOf } from '../../../testing/ledger-test.ts'
import { proposeAndCarryOut, transactionOf } from '../../../testing/proposals.ts'
import { sealAll } from '../../../testing/sealed.ts'
import { dayFrom } from '../../domain/value-dates.ts'

const staff = aStaffMember('auditor')

describe('getIncomeStatement', () => {
  test('is what lies between two balance sheets, per currency, on value dates', async (t) => {
    const ledger = await openLedgerTest(t)
    const { days } = await busyDays(ledger, 3)
    const [from, to] = [dayFrom(days[0] as string, -1), dayFrom(days[0] as string, 1)]
    const { reply } = await ledger.call(getIncomeStatement, { query: { from, to } }, staff)
    const resultAt = async (as_of: string) => {
      const { currencies } = (await ledger.call(getBalanceSheet, { query: { as_of } }, staff)).reply
      return new Map(currencies.map((one) => [one.currency, BigInt(one.result)]))
    }
    const [before, after] = [await resultAt(dayFrom(from, -1)), await resultAt(to)]
    for (const { currency, result, income, expense, total_income, total_expense } of reply.currencies) {
      assert.equal(BigInt(result), (after.get(currency) ?? 0n) - (before.get(currency) ?? 0n))
      assert.equal(BigInt(result), BigInt(total_income) - BigInt(total_expense))
      if (currency === 'EUR')
        assert.deepEqual(
          [income, expense],
          // Fees of three days have their values on -1, 0 and 1; interest of the third day and of the second on -1 and -2.
          [[{ gl_code: 'FEE_INCOME', balance: '12' }], [{ gl_code: 'INTEREST_EXPENSE', balance: '3' }]],
        )
    }
  })

  test('leaves out what closed a year', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 100n })
    const today = ledger.clock.bank.businessDate()
    await ledger.post({ from: id, to: 'FEE_INCOME', cents: 40n })
    const closing = { ...postBody('FEE_INCOME', 'RETAINED_EARNINGS', 40n), business_event: 'CLOSING' }
    await ledger.call(postTransaction, { body: { ...closing, step: 'closing_eur_a' } }, aService('ledger-service'))
    await sealAll(ledger)
    const query = { from: today, to: today }
    const { reply } = await ledger.call(getIncomeStatement, { query }, staff)
    assert.deepEqual([reply.currencies[0]?.total_income, reply.currencies[0]?.result], ['40', '40'])
    const { reply: sheet } = await ledger.call(getBalanceSheet, {}, staff)
    assert.deepEqual([sheet.currencies[0]?.total_equity, sheet.currencies[0]?.result], ['40', '0'])
  })

  test('keeps what others call closing: the word alone hides no income', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 100n })
    const today = ledger.clock.bank.businessDate()
    await ledger.post({ from: id, to: 'FEE_INCOME', cents: 40n, business_event: 'CLOSING' })
    const step = { business_event: 'CLOSING', step: 'closing_eur_a' }
    await ledger.post({ from: id, to: 'FEE_INCOME', cents: 2n, ...step })
    const transaction = { ...transactionOf(id, 'FEE_INCOME', 1n), business_event: 'CLOSING' }
    await proposeAndCarryOut(ledger, { kind: 'TRANSACTION', transaction })
    await sealAll(ledger)
    const { reply } = await ledger.call(getIncomeStatement, { query: { from: today, to: today } }, staff)
    assert.deepEqual([reply.currencies[0]?.total_income, reply.currencies[0]?.result], ['43', '43'])
  })

  test('is for staff, and refuses a range that ends before it begins', async (t) => {
    const ledger = await openLedgerTest(t)
    const query = { from: '2026-03-02', to: '2026-03-01' }
    assert.equal(await refusalOf(ledger.call(getIncomeStatement, { query }, aCustomer())), 'FORBIDDEN')
    assert.equal(await refusalOf(ledger.call(getIncomeStatement, { query }, staff)), 'RANGE_WRONG')
  })
})
