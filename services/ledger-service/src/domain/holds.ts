import { Problem } from '#libs/problem/problem.ts'
import { problems } from '../problems.ts'
import type { AccountBalance, HoldRow } from '../tables.ts'
import { available, insufficient, MAX_CENTS, requirePositive, withHeld } from './account.ts'
import { countDebit, giveBack } from './limits.ts'

/** When a hold is decided on; the business date lags behind while a day is being closed. */
interface Moment {
  readonly booked_at: Date
  readonly business_date: string
}

/** What a hold still keeps from being spent, in minor units. */
export function heldBy(hold: HoldRow): bigint {
  return hold.status === 'ACTIVE' ? hold.amount_cents - hold.captured_cents : 0n
}

/** The account with so much more held, counted on the day; a Problem: closed, blocked, not enough available, over a limit. */
export function reserve(account: AccountBalance, amount_cents: bigint, business_date: string): AccountBalance {
  const { ledger_account_id, state } = account
  requirePositive(amount_cents)
  if (state === 'CLOSED')
    throw new Problem(problems.LEDGER_ACCOUNT_CLOSED, { detail: `Account ${ledger_account_id} is closed` })
  if (state === 'DEBIT_BLOCKED' || state === 'FROZEN')
    throw new Problem(problems.ACCOUNT_BLOCKED, { detail: `Nothing may leave account ${ledger_account_id}` })
  const room = available(account) ?? MAX_CENTS - account.held_cents
  if (amount_cents > room || account.held_cents + amount_cents > MAX_CENTS)
    throw insufficient(account, amount_cents, room)
  return countDebit(withHeld(account, amount_cents), amount_cents, business_date)
}

/** The hold with an amount more, which counts on its own day; it may end later than before, not earlier. */
export function increased(
  hold: HoldRow,
  amount_cents: bigint,
  { expires_at, business_date }: { expires_at: Date | null; business_date: string },
): HoldRow {
  const whole = hold.amount_cents + amount_cents
  if (whole > MAX_CENTS)
    throw new Problem(problems.BALANCE_OUT_OF_RANGE, {
      detail: `Hold ${hold.hold_id} would be beyond what can be kept`,
    })
  const isLater = expires_at !== null && expires_at > hold.expires_at
  return {
    ...hold,
    amount_cents: whole,
    expires_at: isLater ? expires_at : hold.expires_at,
    ...increasesAfter(hold, amount_cents, business_date),
  }
}

/**
 * The account and the hold after so much was taken out of it. The rest stays held unless it `releases_rest`; a hold of which nothing is left is
 * captured.
 */
export function captured(
  account: AccountBalance,
  hold: HoldRow,
  { taken_cents, releases_rest, business_date }: { taken_cents: bigint; releases_rest: boolean; business_date: string },
): { account: AccountBalance; hold: HoldRow } {
  const left = heldBy(hold)
  if (taken_cents > left)
    throw new Problem(problems.HOLD_TOO_SMALL, {
      detail: `Hold ${hold.hold_id} has ${left} minor units left, ${taken_cents} are to be captured`,
      extra: { hold_id: hold.hold_id, held_cents: left },
    })
  const less: HoldRow = { ...hold, captured_cents: hold.captured_cents + taken_cents }
  const taken = withHeld(account, -taken_cents)
  if (!releases_rest && taken_cents < left) return { account: taken, hold: less }
  return { account: withoutRest(taken, less, business_date), hold: { ...less, status: 'CAPTURED' } }
}

/** The account without what is left of a hold, which counts no longer on the days that it counted on. */
export function withoutRest(account: AccountBalance, hold: HoldRow, business_date: string): AccountBalance {
  let rest = heldBy(hold)
  let changed = withHeld(account, -rest)
  // What was taken counts as taken of the oldest, so that what is given back is the newest.
  for (const part of partsOf(hold).toReversed()) {
    const share = part.amount_cents < rest ? part.amount_cents : rest
    rest -= share
    changed = giveBack(changed, share, { counted_on: part.business_date, business_date })
  }
  return changed
}

/** Refuses a hold that nothing can be taken out of any more. */
export function requireActive(hold_id: string, hold: HoldRow | undefined, now: Moment): HoldRow {
  if (hold === undefined) throw notActive(hold_id, `There is no hold ${hold_id}`)
  if (hold.status !== 'ACTIVE')
    throw notActive(hold_id, `Hold ${hold_id} ended before: it is ${hold.status.toLowerCase()}`)
  if (hold.expires_at <= now.booked_at)
    throw notActive(hold_id, `Hold ${hold_id} expired at ${hold.expires_at.toISOString()}`)
  return hold
}

export function notActive(hold_id: string, detail: string): Problem {
  return new Problem(problems.HOLD_NOT_ACTIVE, { detail, extra: { hold_id } })
}

/** What it was placed for and each day's increase, oldest first, with the day that each counts on. */
function partsOf(hold: HoldRow): { business_date: string; amount_cents: bigint }[] {
  const { increase_dates: dates, increases_cents: increases } = hold
  if (dates === null || increases === null) return [hold]
  const added = increases.reduce((sum, cents) => sum + cents, 0n)
  return [
    { business_date: hold.business_date, amount_cents: hold.amount_cents - added },
    ...increases.map((amount_cents, i) => ({ business_date: dates[i] as string, amount_cents })),
  ]
}

/** One increase a day at most is kept: those of one day count as one. */
function increasesAfter(
  hold: HoldRow,
  amount_cents: bigint,
  business_date: string,
): Pick<HoldRow, 'increase_dates' | 'increases_cents'> {
  const dates = hold.increase_dates ?? []
  const increases = hold.increases_cents ?? []
  if (dates.at(-1) === business_date)
    return {
      increase_dates: dates,
      increases_cents: [...increases.slice(0, -1), (increases.at(-1) as bigint) + amount_cents],
    }
  if (dates.length === 0 && hold.business_date === business_date) return { increase_dates: null, increases_cents: null }
  return { increase_dates: [...dates, business_date], increases_cents: [...increases, amount_cents] }
}
