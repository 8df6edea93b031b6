import { Problem } from '#libs/problem/problem.ts'
import { problems } from '../problems.ts'
import type { AccountBalance } from '../tables.ts'

/** What has left an account on a business day and in its month, what is held included; minor units. */
export interface Debited {
  readonly debited_today_cents: bigint
  readonly debited_month_cents: bigint
}

/** What counts on a business date: another day begins at zero, and so does another month. */
export function debitedOn(account: Pick<AccountBalance, keyof Debited | 'debited_on'>, business_date: string): Debited {
  const { debited_on, debited_today_cents, debited_month_cents } = account
  if (debited_on === business_date) return { debited_today_cents, debited_month_cents }
  return {
    debited_today_cents: 0n,
    debited_month_cents: isSameMonth(debited_on, business_date) ? debited_month_cents : 0n,
  }
}

/** The account with an amount more counted on the day; LIMIT_EXCEEDED when that is more than the day or the month has left. */
export function countDebit(account: AccountBalance, amount_cents: bigint, business_date: string): AccountBalance {
  const debited = debitedOn(account, business_date)
  const refuseAbove = (limit: 'daily' | 'monthly', limit_cents: bigint | null, debited_cents: bigint): void => {
    if (limit_cents === null || debited_cents + amount_cents <= limit_cents) return
    const left_cents = limit_cents > debited_cents ? limit_cents - debited_cents : 0n
    const { ledger_account_id } = account
    throw new Problem(problems.LIMIT_EXCEEDED, {
      detail: `The ${limit} limit of account ${ledger_account_id} leaves ${left_cents} of ${limit_cents} minor units, ${amount_cents} are needed`,
      extra: { ledger_account_id, limit, limit_cents, left_cents },
    })
  }
  refuseAbove('daily', account.daily_limit_cents, debited.debited_today_cents)
  refuseAbove('monthly', account.monthly_limit_cents, debited.debited_month_cents)
  return {
    ...account,
    debited_today_cents: debited.debited_today_cents + amount_cents,
    debited_month_cents: debited.debited_month_cents + amount_cents,
    debited_on: business_date,
  }
}

/**
 * The account with an amount given back that was counted on an earlier date: to the day and to the month, as far as they still last. Never below
 * zero: whatever a count says (holds of the first release were dated by the clock, not by the business date), no hold may be kept from ending.
 */
export function giveBack(
  account: AccountBalance,
  amount_cents: bigint,
  { counted_on, business_date }: { counted_on: string; business_date: string },
): AccountBalance {
  const debited = debitedOn(account, business_date)
  const today = counted_on === business_date ? amount_cents : 0n
  const month = isSameMonth(counted_on, business_date) ? amount_cents : 0n
  const debited_today_cents = atLeast(0n, debited.debited_today_cents - today)
  const debited_month_cents = atLeast(debited_today_cents, debited.debited_month_cents - month)
  return { ...account, debited_today_cents, debited_month_cents, debited_on: business_date }
}

function atLeast(least: bigint, amount: bigint): bigint {
  return amount < least ? least : amount
}

/**
 * The limits and version after an order to change them; null when the order is older than what is known and changes nothing. A limit below
 * what has left already only stops what comes.
 */
export function decideLimits(
  account: Pick<AccountBalance, 'ledger_account_id' | 'state'> & { readonly limits_version: number },
  order: {
    readonly daily_limit_cents: bigint | null
    readonly monthly_limit_cents: bigint | null
    readonly version: number
  },
) {
  if (order.version <= account.limits_version) return null
  if (account.state === 'CLOSED')
    throw new Problem(problems.LEDGER_ACCOUNT_CLOSED, {
      detail: `Account ${account.ledger_account_id} is closed for good`,
    })
  const { daily_limit_cents, monthly_limit_cents, version: limits_version } = order
  return { daily_limit_cents, monthly_limit_cents, limits_version }
}

/**
 * The overdraft and version after an order to change it; null when the order is older than what is known and changes nothing. An account that is
 * lower than that, its holds counted, is refused.
 */
export function decideOverdraft(
  account: AccountBalance & { readonly floor_version: number },
  order: { readonly overdraft_limit_cents: bigint; readonly version: number },
): { overdraft_limit_cents: bigint; floor_version: number } | null {
  if (order.version <= account.floor_version) return null
  const { ledger_account_id, state, ledger_balance_cents, held_cents } = account
  if (state === 'CLOSED')
    throw new Problem(problems.LEDGER_ACCOUNT_CLOSED, { detail: `Account ${ledger_account_id} is closed for good` })
  const used_cents = held_cents - ledger_balance_cents
  if (used_cents > order.overdraft_limit_cents)
    throw new Problem(problems.OVERDRAFT_IN_USE, {
      detail: `Account ${ledger_account_id} uses ${used_cents} minor units of its overdraft`,
      extra: { ledger_account_id, used_cents },
    })
  return { overdraft_limit_cents: order.overdraft_limit_cents, floor_version: order.version }
}

function isSameMonth(a: string | null, b: string): boolean {
  return a?.slice(0, 7) === b.slice(0, 7)
}
