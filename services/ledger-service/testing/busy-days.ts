import { dayFrom } from '../src/domain/value-dates.ts'
import { type LedgerTest, passDays } from './ledger-test.ts'
import { sealAll } from './sealed.ts'

/** What some days of business left: the accounts it moved, and its days, the last one open. */
export interface BusyDays {
  readonly accounts: readonly string[]
  readonly days: readonly string[]
}

/** Business of some days in two currencies: deposits, payments, fees and interest, values before and after their days, a reversal a day. */
export async function busyDays(ledger: LedgerTest, count: number): Promise<BusyDays> {
  const euro = { balance_cents: 1_000n, overdraft_limit_cents: 5_000n }
  const accounts = [await ledger.openAccount(euro), await ledger.openAccount(euro)]
  const dollars = await ledger.openAccount({ ...euro, currency: 'USD' })
  const days = await passDays(ledger, 0, count)
  for (const [i, today] of days.entries()) {
    await bookMore(ledger, { accounts: [...accounts, dollars], days: [today] }, i)
    if (i < days.length - 1) await passDays(ledger, 1)
  }
  await sealAll(ledger)
  return { accounts: [...accounts, dollars], days }
}

/** One more day's business, under today's date, with values around the last of the days given. */
export async function bookMore(ledger: LedgerTest, { accounts, days }: BusyDays, i: number): Promise<void> {
  const [a, b, dollars] = accounts as [string, string, string]
  const today = days.at(-1) as string
  const event = (business_event: string) => ({
    business_event,
    metadata: { project: i % 2 === 0 ? 'north' : 'south', run: `${i}` },
  })
  await ledger.post({ from: 'CASH', to: a, cents: BigInt(100 + i), ...event('DEPOSIT') })
  await ledger.post({ from: a, to: b, cents: BigInt(10 + i), value_date: dayFrom(today, 2) })
  await ledger.post({
    from: b,
    to: 'FEE_INCOME',
    cents: BigInt(3 + i),
    value_date: dayFrom(today, -1),
    ...event('FEE'),
  })
  await ledger.post({ from: 'INTEREST_EXPENSE', to: a, cents: BigInt(1 + i), value_date: dayFrom(today, -3) })
  await ledger.post({ from: dollars, to: 'FEE_INCOME', cents: 2n, currency: 'USD', value_date: dayFrom(today, 40) })
  const { ledger_transaction_id } = await ledger.post({
    from: b,
    to: 'CASH',
    cents: 7n,
    value_date: dayFrom(today, -2),
  })
  await ledger.reverse(ledger_transaction_id)
}
