/**
 * How many classes there are of what lies between the day that an entry was booked on and its value date: 2^reach days and more, less than
 * 2^(reach+1). The last one holds what four-digit years can be apart.
 */
export const REACHES = 22

const DAY_MS = 86_400_000
const [FIRST_MS, LAST_MS] = [Date.parse('0001-01-01'), Date.parse('9999-12-31')]

/** Which days of a cut through the books are read entry by entry and seal by seal: those before `open_from` are written down and wholly known. */
export interface CutDays {
  readonly open_from: string
  /** No entry of the cut was booked on a later day. */
  readonly last_day: string
}

/**
 * The days of a cut whose last seal is of `business_date`. In books from before events got their positions in the order of writing, two instances may
 * have told events of two days in the other order around midnight: the day before is then not whole (`whole_date` is the last one that is), or
 * something of the day after is known.
 */
export function daysOfCut(
  known: { readonly business_date: string; readonly whole_date: string | null },
  first_open: string,
): CutDays {
  const before = dayFrom(known.business_date, -1)
  const known_from = known.whole_date === before ? known.business_date : before
  return { open_from: known_from < first_open ? known_from : first_open, last_day: dayFrom(known.business_date, 1) }
}

/** The first and the last date that are written with four digits of a year; there was no year 0. */
export const [FIRST_DATE, LAST_DATE] = ['0001-01-01', '9999-12-31'] as const

/** Whether a text is a date of the calendar, as dates are written. */
export function isDate(text: string): boolean {
  const isWritten = /^\d{4}-\d\d-\d\d$/.test(text) && text >= FIRST_DATE
  return isWritten && Number.isFinite(Date.parse(text)) && dayFrom(text, 0) === text
}

/** The date so many days after another, or before it; where that would not be one of those, the first or the last. */
export function dayFrom(date: string, days: number): string {
  const moment = Date.parse(date) + days * DAY_MS
  return new Date(Math.min(Math.max(moment, FIRST_MS), LAST_MS)).toISOString().slice(0, 10)
}

/** Every date from one to another, both included. */
export function daysFrom(first: string, last: string): string[] {
  const days = Math.round((Date.parse(last) - Date.parse(first)) / DAY_MS)
  return Array.from({ length: Math.max(days + 1, 0) }, (_, i) => dayFrom(first, i))
}
