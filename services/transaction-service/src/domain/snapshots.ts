import { Problem } from '#libs/problem/problem.ts'
import { problems } from '../problems.ts'
import { daysFrom } from './search.ts'

/** The longest period of balances that is answered at once: a leap year. */
const LONGEST_DAYS = 366

/** An account's balance at the end of a business day, and what moved on it. */
export interface DayBalance {
  readonly snapshot_date: string
  readonly opening_cents: bigint
  readonly debits_cents: bigint
  readonly credits_cents: bigint
  readonly closing_cents: bigint
  readonly entry_count: number
}

/** Refuses periods that end before they begin (PERIOD_WRONG), and those of more than 366 days (PERIOD_TOO_LONG). */
export function checkPeriod({ from, to }: { from: string; to: string }): void {
  const days = daysFrom(from, to)
  if (days < 1) throw new Problem(problems.PERIOD_WRONG)
  if (days > LONGEST_DAYS) throw new Problem(problems.PERIOD_TOO_LONG)
}

/**
 * A balance for every complete day, oldest first: one without movement keeps the last closing. `before` is the closing before the first day,
 * null where the account had not moved yet; days before its first movement have no balance.
 */
export function fillDays(days: readonly string[], moved: readonly DayBalance[], before: bigint | null): DayBalance[] {
  const byDate = new Map(moved.map((day) => [day.snapshot_date, day]))
  const filled: DayBalance[] = []
  let last = before
  for (const snapshot_date of days) {
    const day = byDate.get(snapshot_date) ?? (last === null ? null : stillDay(snapshot_date, last))
    if (day === null) continue
    last = day.closing_cents
    filled.push(day)
  }
  return filled
}

function stillDay(snapshot_date: string, balance: bigint): DayBalance {
  return {
    snapshot_date,
    opening_cents: balance,
    debits_cents: 0n,
    credits_cents: 0n,
    closing_cents: balance,
    entry_count: 0,
  }
}
