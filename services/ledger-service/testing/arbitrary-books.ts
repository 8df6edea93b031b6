import fc from 'fast-check'
import type { Applied, BookedTransaction, BookingTime, Books, Command, Posting } from '../src/domain/core.ts'
import { boughtFor } from '../src/domain/exchange.ts'
import type { AccountBalance, HoldRow } from '../src/tables.ts'

/** The moment at which the commands are decided. */
export const NOW = new Date('2026-03-15T12:00:00Z')
/** The same with its business date. */
export const TIME: BookingTime = { booked_at: NOW, business_date: '2026-03-15', closed_through: '2026-02-28' }
/** The days on which accounts moved before: today, this month, another month. */
const DAYS = ['2026-03-15', '2026-03-10', '2026-02-28'] as const
const ACCOUNTS = 6
const HOLDS = 4

/** The id of the i-th account. */
export const name = (i: number): string => `account-${i}`
/** Small amounts, so that many are covered and many are not. */
export const cents = fc.bigInt({ min: 1n, max: 1_000n })
/** The bank's position in a currency. */
const positionOf = (currency: string): string => `position-${currency}`
const currency = fc.constantFrom('EUR', 'EUR', 'EUR', 'USD')
const accountIndex = fc.integer({ min: 0, max: ACCOUNTS })

const state = fc.constantFrom<AccountBalance['state']>(
  'OPEN',
  'OPEN',
  'OPEN',
  'OPEN',
  'DEBIT_BLOCKED',
  'CREDIT_BLOCKED',
  'FROZEN',
  'CLOSED',
)
/** Books in which everything that must hold does hold: balances above floors, held is the sum of active holds. */
export const books: fc.Arbitrary<Books> = fc
  .record({
    accounts: fc.array(
      fc.record({
        state,
        isDebit: fc.boolean(),
        currency,
        overdraft: fc.option(fc.bigInt({ min: 0n, max: 500n })),
        balance: fc.bigInt({ min: 0n, max: 2_000n }),
        count: fc.integer({ min: 0, max: 9 }),
        daily: fc.option(fc.bigInt({ min: 0n, max: 1_500n })),
        monthly: fc.option(fc.bigInt({ min: 0n, max: 3_000n })),
        today: fc.bigInt({ min: 0n, max: 500n }),
        earlier: fc.bigInt({ min: 0n, max: 500n }),
        day: fc.integer({ min: 0, max: 2 }),
      }),
      { minLength: ACCOUNTS, maxLength: ACCOUNTS },
    ),
    holds: fc.array(
      fc.record({
        on: accountIndex,
        amount: cents,
        expired: fc.boolean(),
        active: fc.boolean(),
        day: fc.integer({ min: 0, max: 2 }),
        taken: fc.bigInt({ min: 0n, max: 500n }),
        increases: fc.array(fc.record({ day: fc.integer({ min: 0, max: 1 }), cents }), { maxLength: 2 }),
      }),
      {
        minLength: HOLDS,
        maxLength: HOLDS,
      },
    ),
    booked: fc.array(fc.record({ from: accountIndex, to: accountIndex, amount: cents, reversed: fc.boolean() }), {
      maxLength: 3,
    }),
  })
  .map(({ accounts, holds, booked }) => {
    const map = new Map<string, AccountBalance>(
      accounts.map((a, i) => [
        name(i),
        {
          ledger_account_id: name(i),
          currency: a.currency,
          normal_side: a.isDebit ? 'DEBIT' : 'CREDIT',
          state: a.state,
          overdraft_limit_cents: a.overdraft,
          ledger_balance_cents: a.balance,
          held_cents: 0n,
          entry_count: a.count,
          daily_limit_cents: a.daily,
          monthly_limit_cents: a.monthly,
          debited_today_cents: a.today,
          debited_month_cents: a.today + a.earlier,
          debited_on: DAYS[a.day] as string,
        },
      ]),
    )
    for (const one of ['EUR', 'USD'])
      map.set(positionOf(one), { ...plain, ledger_account_id: positionOf(one), currency: one })
    const rows = new Map<string, HoldRow>()
    holds.forEach((drawn, i) => {
      const account = map.get(name(drawn.on % ACCOUNTS)) as AccountBalance
      const hold = holdOf(`hold-${i}`, account, drawn)
      const room = (account.overdraft_limit_cents ?? 1_000_000n) + account.ledger_balance_cents - account.held_cents
      if (room < hold.amount_cents) return
      if (hold.status === 'ACTIVE') map.set(account.ledger_account_id, holding(account, hold))
      rows.set(hold.hold_id, hold)
    })
    return { accounts: map, holds: rows, transactions: bookedAmong(map, booked) }
  })

interface DrawnHold {
  amount: bigint
  expired: boolean
  active: boolean
  day: number
  taken: bigint
  increases: { day: number; cents: bigint }[]
}

/** A hold that was captured in part and increased on later days, as far as its account was counted on them. */
function holdOf(hold_id: string, account: AccountBalance, drawn: DrawnHold): HoldRow {
  const last = account.debited_on as string
  const until = (day: number): string => ((DAYS[day] as string) > last ? last : (DAYS[day] as string))
  const business_date = until(drawn.day)
  const later = drawn.increases
    .map((one) => ({ date: until(one.day), cents: one.cents }))
    .filter((one) => one.date > business_date)
    .sort((a, b) => (a.date < b.date ? -1 : 1))
    .filter((one, i, all) => one.date !== all[i - 1]?.date)
  const amount_cents = later.reduce((sum, one) => sum + one.cents, drawn.amount)
  return {
    hold_id,
    ledger_account_id: account.ledger_account_id,
    transaction_id: 'transaction',
    amount_cents,
    captured_cents: drawn.taken < amount_cents ? drawn.taken : 0n,
    currency: account.currency,
    status: drawn.active ? 'ACTIVE' : 'RELEASED',
    expires_at: new Date(NOW.getTime() + (drawn.expired ? 0 : 1)),
    placed_at: NOW,
    business_date,
    increase_dates: later.length === 0 ? null : later.map((one) => one.date),
    increases_cents: later.length === 0 ? null : later.map((one) => one.cents),
  }
}

/** The books after what was applied. */
export function after(before: Books, applied: Applied): Books {
  return {
    accounts: new Map([...before.accounts, ...applied.accounts]),
    holds: new Map([...before.holds, ...applied.holds]),
    transactions: before.transactions,
  }
}

/** What a hold counts for on each day: what it was placed for, then its increases. */
export function partsOf(hold: HoldRow): { date: string; cents: bigint }[] {
  const later = (hold.increase_dates ?? []).map((date, i) => ({ date, cents: hold.increases_cents?.[i] as bigint }))
  const first = hold.amount_cents - later.reduce((sum, one) => sum + one.cents, 0n)
  return [{ date: hold.business_date, cents: first }, ...later]
}

function holding(account: AccountBalance, hold: HoldRow): AccountBalance {
  const last = account.debited_on as string
  const counted = (isThen: (date: string) => boolean): bigint =>
    partsOf(hold).reduce((sum, { date, cents: part }) => sum + (isThen(date) ? part : 0n), 0n)
  return {
    ...account,
    held_cents: account.held_cents + hold.amount_cents - hold.captured_cents,
    debited_today_cents: account.debited_today_cents + counted((date) => date === last),
    debited_month_cents: account.debited_month_cents + counted((date) => date.slice(0, 7) === last.slice(0, 7)),
  }
}

/** An own account of the bank's. */
const plain: AccountBalance = {
  ledger_account_id: '',
  currency: 'EUR',
  normal_side: 'DEBIT',
  state: 'OPEN',
  overdraft_limit_cents: null,
  ledger_balance_cents: 0n,
  held_cents: 0n,
  entry_count: 0,
  daily_limit_cents: null,
  monthly_limit_cents: null,
  debited_today_cents: 0n,
  debited_month_cents: 0n,
  debited_on: null,
}

interface Booked {
  from: number
  to: number
  amount: bigint
  reversed: boolean
}

function bookedAmong(accounts: Books['accounts'], booked: readonly Booked[]): Books['transactions'] {
  return new Map(
    booked.map(({ from, to, amount, reversed }, i): [string, BookedTransaction] => [
      `booked-${i}`,
      {
        currency: accounts.get(name(from % ACCOUNTS))?.currency ?? 'EUR',
        postings: [
          {
            debit_account_id: name(from),
            credit_account_id: name(to),
            amount_cents: amount,
            currency: accounts.get(name(from % ACCOUNTS))?.currency ?? 'EUR',
          },
        ],
        reversal_of: null,
        reversed_by: reversed ? 'reversal' : null,
      },
    ]),
  )
}

const posting: fc.Arbitrary<Posting> = fc.record({
  debit_account_id: accountIndex.map(name),
  credit_account_id: accountIndex.map(name),
  amount_cents: cents,
  currency,
})
const hold_id = fc.integer({ min: 0, max: HOLDS }).map((i) => `hold-${i}`)
const posted = fc.record({
  kind: fc.constant('post' as const),
  currency,
  postings: fc.array(posting, { minLength: 1, maxLength: 3 }),
  hold_id: fc.option(hold_id),
  releases_rest: fc.boolean(),
  is_limited: fc.boolean(),
  value_date: fc.constantFrom(null, null, null, '2026-03-14', '2026-02-28'),
  passes_closing: fc.boolean(),
  exchange: fc.constant(null),
})
/** A customer's money in one currency becomes another's in the other, now and then a minor unit off the rate. */
const exchanged: fc.Arbitrary<Command> = fc
  .record({
    post: posted,
    from: accountIndex,
    to: accountIndex,
    sold: cents,
    rate: fc.constantFrom('0.5', '1.5', '0.92137'),
    off: fc.constantFrom(0n, 0n, 0n, 1n),
  })
  .map(({ post, from, to, sold, rate, off }) => {
    const exchange = { sell_currency: 'EUR', buy_currency: 'USD', rate }
    const bought = boughtFor(sold, exchange) + off
    const [sell_position_id, buy_position_id] = [positionOf('EUR'), positionOf('USD')]
    const postings = [
      { debit_account_id: name(from), credit_account_id: sell_position_id, amount_cents: sold, currency: 'EUR' },
      { debit_account_id: buy_position_id, credit_account_id: name(to), amount_cents: bought, currency: 'USD' },
    ]
    return { ...post, postings, exchange: { ...exchange, sell_position_id, buy_position_id } }
  })
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 4, arbitrary: posted },
  exchanged,
  fc.record({
    kind: fc.constant('reverse' as const),
    original_id: fc.constantFrom('booked-0', 'booked-1', 'booked-2'),
  }),
  fc.record({
    kind: fc.constant('place_hold' as const),
    hold_id: fc.uuid(),
    ledger_account_id: accountIndex.map(name),
    transaction_id: fc.constant('transaction'),
    amount_cents: cents,
    currency: fc.constant('EUR'),
    expires_in_s: fc.integer({ min: 1, max: 100 }),
  }),
  fc.record({
    kind: fc.constant('increase_hold' as const),
    hold_id,
    amount_cents: cents,
    expires_in_s: fc.option(fc.integer({ min: 1, max: 100 })),
  }),
  fc.record({ kind: fc.constant('release_hold' as const), hold_id }),
)
/** Commands that often touch the same accounts, holds and transactions, and now and then what does not exist. */
export const commands = fc.array(command, { maxLength: 25 })
