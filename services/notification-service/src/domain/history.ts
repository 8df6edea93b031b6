const DAY_MS = 86_400_000
/** Older than this is history: it is listed as read, and nobody gets mail about it. */
const TOLD_WITHIN_DAYS = 2

/** The times of a fact: when it is said to have happened in the books, and when its event was written. */
export interface Times {
  /** Bank time or date that the fact carries; the bank clock where it carries none. */
  happened: Date
  /** The date that money counts from, where the fact has one. */
  value_date?: string | undefined
  /** Wall time of the event. */
  written: Date
  /** Wall time now. */
  now: Date
}

/** True for what lies so far back that it is no news: a year that a demo bank lives through in minutes, imported rows, an old log. */
export function isHistory({ happened, value_date, written, now }: Times): boolean {
  const today = Math.floor(now.getTime() / DAY_MS) * DAY_MS
  const limit = today - TOLD_WITHIN_DAYS * DAY_MS
  const dated = value_date === undefined ? today : Date.parse(`${value_date}T00:00:00Z`)
  return Math.min(happened.getTime(), written.getTime(), dated) < limit
}
