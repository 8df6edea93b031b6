import { Problem, platformProblems } from '#libs/problem/problem.ts'
import { problems } from '../problems.ts'
import type { AccountBalance, AccountState } from '../tables.ts'

/** The largest balance either side of zero: what every JSON reader holds exactly. */
export const MAX_CENTS = 9_007_199_254_740_991n

/** What may leave the account now, in minor units: balance − holds + overdraft; null where there is no floor. */
export function available(account: AccountBalance): bigint | null {
  const { overdraft_limit_cents, ledger_balance_cents, held_cents } = account
  return overdraft_limit_cents === null ? null : ledger_balance_cents - held_cents + overdraft_limit_cents
}

/** The account after one entry of `signed_cents` (plus raises the balance), or a Problem: closed, blocked, under its floor, out of range. */
export function move(account: AccountBalance, signed_cents: bigint, ignoresBlocks: boolean): AccountBalance {
  const { ledger_account_id, state } = account
  if (state !== 'OPEN') refuseByState(account, signed_cents, ignoresBlocks)
  const ledger_balance_cents = account.ledger_balance_cents + signed_cents
  if (signed_cents < 0n && account.overdraft_limit_cents !== null) {
    const room = available(account) as bigint
    if (room + signed_cents < 0n) throw insufficient(account, -signed_cents, room)
  }
  if (ledger_balance_cents > MAX_CENTS || ledger_balance_cents < -MAX_CENTS)
    throw new Problem(problems.BALANCE_OUT_OF_RANGE, {
      detail: `The balance of account ${ledger_account_id} would be beyond ±${MAX_CENTS} minor units`,
      extra: { ledger_account_id },
    })
  return changed(account, { ledger_balance_cents, entry_count: account.entry_count + 1 })
}

/** The account with so much more (or less) of it held. */
export function withHeld(account: AccountBalance, change_cents: bigint): AccountBalance {
  return changed(account, { held_cents: account.held_cents + change_cents })
}

/** Not enough money, told with what there is. */
export function insufficient(account: AccountBalance, needed_cents: bigint, available_cents: bigint): Problem {
  const { ledger_account_id } = account
  return new Problem(problems.INSUFFICIENT_FUNDS, {
    detail: `Account ${ledger_account_id} has ${available_cents} minor units available, ${needed_cents} are needed`,
    extra: { ledger_account_id, available_cents },
  })
}

/**
 * The state and version after an order to block, open or close; null when the order is older than what is known and changes nothing.
 * A closed account stays closed, and closing needs a zero balance without holds.
 */
export function decideState(
  account: AccountBalance & { readonly state_version: number },
  order: { readonly state: AccountState; readonly version: number },
): { state: AccountState; state_version: number } | null {
  if (order.version <= account.state_version) return null
  const { ledger_account_id, ledger_balance_cents, held_cents } = account
  if (account.state === 'CLOSED' && order.state !== 'CLOSED')
    throw new Problem(problems.LEDGER_ACCOUNT_CLOSED, { detail: `Account ${ledger_account_id} is closed for good` })
  if (order.state === 'CLOSED' && (ledger_balance_cents !== 0n || held_cents !== 0n))
    throw new Problem(problems.BALANCE_NOT_ZERO, {
      detail: `Account ${ledger_account_id} has a balance of ${ledger_balance_cents} and ${held_cents} held, in minor units`,
      extra: { ledger_balance_cents, held_cents },
    })
  return { state: order.state, state_version: order.version }
}

/** The contract says so already; a caller in this process passes no validator. */
export function requirePositive(amount_cents: bigint): void {
  if (amount_cents <= 0n)
    throw new Problem(platformProblems.VALIDATION_FAILED, {
      errors: [{ pointer: '/amount_cents', detail: 'must be more than zero' }],
    })
}

function refuseByState(account: AccountBalance, signed_cents: bigint, ignoresBlocks: boolean): void {
  const { ledger_account_id, state } = account
  if (state === 'CLOSED')
    throw new Problem(problems.LEDGER_ACCOUNT_CLOSED, {
      detail: `Account ${ledger_account_id} is closed`,
      extra: { ledger_account_id },
    })
  const isBlocked = state === 'FROZEN' || state === (signed_cents < 0n ? 'DEBIT_BLOCKED' : 'CREDIT_BLOCKED')
  if (isBlocked && !ignoresBlocks)
    throw new Problem(problems.ACCOUNT_BLOCKED, {
      detail: `Nothing may ${signed_cents < 0n ? 'leave' : 'reach'} account ${ledger_account_id}`,
      extra: { ledger_account_id },
    })
}

// Written out, because spreading a row is the dearest step of a posting.
function changed(
  account: AccountBalance,
  to: { ledger_balance_cents?: bigint; held_cents?: bigint; entry_count?: number },
): AccountBalance {
  return {
    ledger_account_id: account.ledger_account_id,
    currency: account.currency,
    normal_side: account.normal_side,
    state: account.state,
    overdraft_limit_cents: account.overdraft_limit_cents,
    ledger_balance_cents: to.ledger_balance_cents ?? account.ledger_balance_cents,
    held_cents: to.held_cents ?? account.held_cents,
    entry_count: to.entry_count ?? account.entry_count,
    daily_limit_cents: account.daily_limit_cents,
    monthly_limit_cents: account.monthly_limit_cents,
    debited_today_cents: account.debited_today_cents,
    debited_month_cents: account.debited_month_cents,
    debited_on: account.debited_on,
  }
}
