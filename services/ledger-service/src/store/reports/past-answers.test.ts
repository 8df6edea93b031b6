import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listEntries } from '#contracts/api/ledger.ts'
import * as api from '#contracts/api/ledger-reports.ts'
import { encode } from '#libs/json/json.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { type BusyDays, bookMore, busyDays } from '../../../testing/busy-days.ts'
import { type LedgerTest, openLedgerTest, passDays } from '../../../testing/ledger-test.ts'
import { sealAll } from '../../../testing/sealed.ts'
import { dayFrom } from '../../domain/value-dates.ts'

const staff = aStaffMember('auditor')

/** Every question that takes a moment, asked as of that moment, as the texts of its answers. */
async function askAll(ledger: LedgerTest, { accounts, days }: BusyDays, known_at: string): Promise<string[]> {
  const [from, to] = [days[0] as string, dayFrom(days.at(-1) as string, 1)]
  const dates = [dayFrom(from, -2), ...days, dayFrom(to, 1), dayFrom(to, 60)]
  const answers: Promise<{ reply: unknown }>[] = []
  for (const as_of of [...dates, undefined]) {
    const query = as_of === undefined ? { known_at } : { as_of, known_at }
    answers.push(ledger.call(api.getTrialBalance, { query }, staff), ledger.call(api.getBalanceSheet, { query }, staff))
    for (const ledger_account_id of accounts)
      answers.push(ledger.call(api.getLedgerBalance, { params: { ledger_account_id }, query }, staff))
  }
  const range = { from, to, known_at }
  answers.push(ledger.call(api.getIncomeStatement, { query: range }, staff))
  answers.push(ledger.call(api.getAggregates, { query: { ...range, key: 'project' } }, staff))
  for (const gl_code of ['CASH', 'CUSTOMER_DEPOSITS', 'FEE_INCOME'])
    for (const basis of ['booking', 'value'] as const)
      answers.push(ledger.call(api.getGeneralLedger, { query: { ...range, gl_code, currency: 'EUR', basis } }, staff))
  for (const ledger_account_id of accounts) {
    const params = { ledger_account_id }
    answers.push(ledger.call(api.getLedgerStatement, { params, query: { ...range, limit: 5 } }, staff))
    for (const order of ['newest', 'oldest'] as const)
      answers.push(ledger.call(listEntries, { params, query: { known_at, order, limit: 7 } }, staff))
  }
  return (await Promise.all(answers)).map(({ reply }) => encode(reply))
}

describe('what was known at a moment', () => {
  test('is answered the same to the byte, whatever is booked, backdated, reversed and closed later', async (t) => {
    const ledger = await openLedgerTest(t)
    const busy = await busyDays(ledger, 3)
    const known_at = ledger.clock.bank.now().toISOString()
    const then = await eventually(() => askAll(ledger, busy, known_at))
    for (let i = 5; i < 8; i++) {
      await bookMore(ledger, busy, i)
      await passDays(ledger, 1)
    }
    await sealAll(ledger)
    assert.deepEqual(await askAll(ledger, busy, known_at), then)
    const later = ledger.clock.bank.now().toISOString()
    assert.notDeepEqual(await eventually(() => askAll(ledger, busy, later)), then)
  })
})
