/**
 * How many classes there are of what lies between the day that an entry was booked on and its value date: 2^reach days and more, less than
 * 2^(reach+1). The last one holds what four-digit years can be apart.
 */
export const REACHES = 22

const DAY_MS = 86_400_000

/** Which days of a cut through the books are read entry by entry and seal by seal: those before `open_from` are written down and wholly known. */
export interface CutDays {
  readonly open_from: string
  /** No entry of the cut was booked on a later day. */
  readonly last_day: string
}

/**
 * The days of a cut whose last seal is of `business_date`. Around midnight two instances may have told events of two days in the other order, so that
 * the day before is not whole yet (`whole_date` is the last one that is), or something of the day after is known.
 */
export function daysOfCut(
  known: { readonly business_date: string; readonly whole_date: string | null },
  first_open: string,
): CutDays {
  const before = dayFrom(known.business_date, -1)
  const known_from = known.whole_date === before ? known.business_date : before
  return { open_from: known_from < first_open ? known_from : first_open, last_day: dayFrom(known.business_date, 1) }
}

/** The date so many days after another, or before it. */
export function dayFrom(date: string, days: number): string {
  return new Date(Date.parse(date) + days * DAY_MS).toISOString().slice(0, 10)
}

/** Every date from one to another, both included. */
export function daysFrom(first: string, last: string): string[] {
  const days = Math.round((Date.parse(last) - Date.parse(first)) / DAY_MS)
  return Array.from({ length: Math.max(days + 1, 0) }, (_, i) => dayFrom(first, i))
}
