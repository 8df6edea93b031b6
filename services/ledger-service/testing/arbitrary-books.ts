import fc from 'fast-check'
import type { BookedTransaction, BookingTime, Books, Command, Posting } from '../src/domain/core.ts'
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
        currency: fc.constantFrom('EUR', 'EUR', 'EUR', 'USD'),
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
    const rows = new Map<string, HoldRow>()
    holds.forEach(({ on, amount, expired, active, day }, i) => {
      const account = map.get(name(on % ACCOUNTS)) as AccountBalance
      const room = (account.overdraft_limit_cents ?? 1_000_000n) + account.ledger_balance_cents - account.held_cents
      if (room < amount) return
      const debited_on = account.debited_on as string
      // No hold counts on a day after the last on which its account was counted.
      const business_date = (DAYS[day] as string) > debited_on ? debited_on : (DAYS[day] as string)
      if (active)
        map.set(account.ledger_account_id, {
          ...account,
          held_cents: account.held_cents + amount,
          debited_today_cents: account.debited_today_cents + (business_date === debited_on ? amount : 0n),
          debited_month_cents:
            account.debited_month_cents + (business_date.slice(0, 7) === debited_on.slice(0, 7) ? amount : 0n),
        })
      rows.set(`hold-${i}`, {
        hold_id: `hold-${i}`,
        ledger_account_id: account.ledger_account_id,
        transaction_id: 'transaction',
        amount_cents: amount,
        captured_cents: 0n,
        currency: account.currency,
        status: active ? 'ACTIVE' : 'RELEASED',
        expires_at: new Date(NOW.getTime() + (expired ? 0 : 1)),
        placed_at: NOW,
        business_date,
      })
    })
    return { accounts: map, holds: rows, transactions: bookedAmong(map, booked) }
  })

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
        postings: [{ debit_account_id: name(from), credit_account_id: name(to), amount_cents: amount }],
        reversed_by: reversed ? 'reversal' : null,
      },
    ]),
  )
}

const posting: fc.Arbitrary<Posting> = fc.record({
  debit_account_id: accountIndex.map(name),
  credit_account_id: accountIndex.map(name),
  amount_cents: cents,
})
const hold_id = fc.integer({ min: 0, max: HOLDS }).map((i) => `hold-${i}`)
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('post' as const),
      currency: fc.constantFrom('EUR', 'EUR', 'USD'),
      postings: fc.array(posting, { minLength: 1, maxLength: 3 }),
      hold_id: fc.option(hold_id),
      is_limited: fc.boolean(),
      value_date: fc.constantFrom(null, null, null, '2026-03-14', '2026-02-28'),
      passes_closing: fc.boolean(),
    }),
  },
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
  fc.record({ kind: fc.constant('release_hold' as const), hold_id }),
)
/** Commands that often touch the same accounts, holds and transactions, and now and then what does not exist. */
export const commands = fc.array(command, { maxLength: 25 })
