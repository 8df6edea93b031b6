import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getPeriod } from '#contracts/api/ledger-periods.ts'
import { getBalanceSheet, getIncomeStatement, getTrialBalance } from '#contracts/api/ledger-reports.ts'
import { ledgerPeriodClosed } from '#contracts/events/ledger.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { type LedgerTest, openLedgerTest, refusalOf } from '../../../testing/ledger-test.ts'
import { bornAtYearsEnd, closeWith, periodAsItStands } from '../../../testing/proposals.ts'

/** The reports of the ledger, as known at the close, say what was kept of it. */
async function assertReportsSayTheSame(ledger: LedgerTest, year: ReplyOf<typeof getPeriod>): Promise<void> {
  const auditor = aStaffMember('auditor')
  const known_at = year.known_at as string
  const { reply: trial } = await ledger.call(getTrialBalance, { query: { as_of: year.last_date, known_at } }, auditor)
  assert.deepEqual(
    trial.currencies.map(({ currency, lines }) => [
      currency,
      lines.map((line) => [line.gl_code, line.debits, line.credits]),
    ]),
    year.currencies.map(({ currency, lines }) => [
      currency,
      lines.map((line) => [line.gl_code, line.debits, line.credits]),
    ]),
  )
  const query = { from: year.first_date, to: year.last_date, known_at }
  const { reply: income } = await ledger.call(getIncomeStatement, { query }, auditor)
  assert.deepEqual(
    income.currencies.map(({ currency, result }) => [currency, result]),
    year.currencies.map(({ currency, result }) => [currency, result]),
  )
  const { reply: sheet } = await ledger.call(getBalanceSheet, { query: { as_of: year.last_date, known_at } }, auditor)
  assert.deepEqual(
    sheet.currencies.map(({ result, is_balanced }) => [result, is_balanced]),
    year.currencies.map(() => ['0', true]),
  )
}

describe('getPeriod', () => {
  test('a year ends with its result on RETAINED_EARNINGS, per currency, and still says what the result was', async (t) => {
    const ledger = await openLedgerTest(t)
    const { year: name, month, passNewYear } = await bornAtYearsEnd(ledger)
    const id = await ledger.openAccount({ balance_cents: 10_000n })
    const dollars = await ledger.openAccount({ balance_cents: 500n, currency: 'USD' })
    await ledger.post({ from: id, to: 'FEE_INCOME', cents: 700n })
    await ledger.post({ from: 'INTEREST_EXPENSE', to: id, cents: 50n })
    await ledger.post({ from: dollars, to: 'FEE_INCOME', cents: 9n, currency: 'USD' })
    await passNewYear()
    // Of the new year: no part of the old one's result.
    await ledger.post({ from: id, to: 'FEE_INCOME', cents: 3n })
    assert.equal((await periodAsItStands(ledger, name)).status, 'OPEN')
    await closeWith(ledger, month)
    const year = await closeWith(ledger, name)
    assert.deepEqual(getPeriod.shapes.reply.errorsInside(year), [])
    assert.deepEqual(
      year.currencies.map(({ currency, result }) => [currency, result]),
      [
        ['EUR', '650'],
        ['USD', '9'],
      ],
    )
    assert.ok(year.currencies.every(({ checks }) => checks.length === 4 && checks.every((check) => check.is_equal)))
    const balances = year.currencies[0]?.lines.map(({ gl_code, debits, credits }) => [
      gl_code,
      Number(credits) - Number(debits),
    ])
    assert.deepEqual(Object.fromEntries(balances ?? []), {
      CASH: -10_000,
      CUSTOMER_DEPOSITS: 9_350,
      FEE_INCOME: 0,
      INTEREST_EXPENSE: 0,
      RETAINED_EARNINGS: 650,
    })
    assert.equal(year.closing_transaction_ids.length, 2)
    await assertReportsSayTheSame(ledger, year)
    const booked = await ledger.sql`
      select business_event, value_date, source, currency from journal_transactions where business_event = 'CLOSING' order by currency`
    assert.deepEqual(
      booked.map((row) => ({ ...row })),
      ['EUR', 'USD'].map((currency) => ({
        business_event: 'CLOSING',
        value_date: `${name}-12-31`,
        source: 'ledger-service',
        currency,
      })),
    )
    const told = await ledger.published(ledgerPeriodClosed)
    assert.deepEqual(
      told.filter(({ kind }) => kind !== undefined).map(({ period, kind }) => [period, kind]),
      [
        [month, 'MONTH'],
        [name, 'YEAR'],
      ],
    )
    await ledger.assertBooksAddUp()
  })

  test('answers what is open as open; refuses what never was, and customers', async (t) => {
    const ledger = await openLedgerTest(t)
    const get = (period: string, caller = aStaffMember('auditor')) =>
      ledger.call(getPeriod, { params: { period } }, caller)
    const month = ledger.clock.bank.businessDate().slice(0, 7)
    const { status, currencies, known_at } = (await get(month)).reply
    assert.deepEqual([status, currencies, known_at], ['OPEN', [], null])
    assert.equal(await refusalOf(get('1999-01')), 'PERIOD_NOT_FOUND')
    assert.equal(await refusalOf(get(month, aCustomer())), 'FORBIDDEN')
  })
})
