import { Problem } from '#libs/problem/problem.ts'
import { problems } from '../problems.ts'
import { daysIn } from './dates.ts'

/** A statement covers a year at most, a leap year included. */
const MOST_DAYS = 366

/** Refuses a period that ends before it begins, after today, or that is longer than a year. Both days are included. */
export function checkPeriod(period: { from: string; to: string }, today: string): void {
  if (period.from > period.to || period.to > today) throw new Problem(problems.PERIOD_WRONG)
  if (daysIn(period) > MOST_DAYS) throw new Problem(problems.PERIOD_TOO_LONG)
}
