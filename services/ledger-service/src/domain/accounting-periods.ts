import { Problem } from '#libs/problem/problem.ts'
import { problems } from '../problems.ts'
import { dayAfter } from './bank-clock.ts'

/** A month `YYYY-MM` or a year `YYYY` with its days, both included. */
export interface Period {
  readonly period: string
  readonly kind: 'MONTH' | 'YEAR'
  readonly first_date: string
  readonly last_date: string
}

/** What the books say of their days, as far as a closing must know it. */
export interface DaysOfBooks {
  /** The first day that the books have. */
  readonly first_date: string
  /** The last day that is closed; null before the first is. Days are closed one after the other. */
  readonly closed_day: string | null
  /** The last day of the last closed month; null while none is. */
  readonly closed_through: string | null
  /** Periods that are closed or being closed. */
  readonly closed_periods: ReadonlySet<string>
}

/** A period by its name. */
export function periodOf(period: string): Period {
  if (period.length === 4) return { period, kind: 'YEAR', first_date: `${period}-01-01`, last_date: `${period}-12-31` }
  return { period, kind: 'MONTH', first_date: `${period}-01`, last_date: lastDayOf(period) }
}

/** Refuses a period that cannot be closed now: its days and the periods before it come first. A year ends with its last month. */
export function requireClosable({ period, kind, first_date, last_date }: Period, books: DaysOfBooks): void {
  if (last_date < books.first_date) throw new Problem(problems.PERIOD_NOT_FOUND)
  if (books.closed_periods.has(period)) throw new Problem(problems.PERIOD_ALREADY_CLOSED)
  if (books.closed_day === null || books.closed_day < last_date)
    throw new Problem(problems.PERIOD_NOT_OVER, {
      detail: books.closed_day === null ? 'No day is closed yet' : `The last day that is closed is ${books.closed_day}`,
    })
  const missing = kind === 'MONTH' ? monthBefore(first_date, books) : partOfYearOpen(period, last_date, books)
  if (missing !== null)
    throw new Problem(problems.EARLIER_PERIOD_OPEN, { detail: `Close ${missing} first`, extra: { period: missing } })
}

/** The first month that is open, where it is before this one. */
function monthBefore(first_date: string, { closed_through, first_date: begun }: DaysOfBooks): string | null {
  const next = closed_through === null ? begun : dayAfter(closed_through)
  return next.slice(0, 7) < first_date.slice(0, 7) ? next.slice(0, 7) : null
}

/** What has to be closed before a year: the year before it, where the books reach back so far, and its own last month. */
function partOfYearOpen(year: string, last_date: string, books: DaysOfBooks): string | null {
  const before = String(Number(year) - 1).padStart(4, '0')
  if (before >= books.first_date.slice(0, 4) && !books.closed_periods.has(before)) return before
  return books.closed_through === null || books.closed_through < last_date ? last_date.slice(0, 7) : null
}

function lastDayOf(month: string): string {
  const [year, number] = month.split('-').map(Number) as [number, number]
  return new Date(Date.UTC(year, number, 0)).toISOString().slice(0, 10)
}
