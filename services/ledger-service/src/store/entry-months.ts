import type { Queryable } from '#libs/sql/database.ts'

/**
 * Entries from the month of a business day on, for a statement that knows by their sequences which of them it wants: the month only names the
 * partitions. By a day itself, while the planner knows no entries after it, it would read all that was booked since, of every account.
 */
export function fromMonthOf(sql: Queryable, business_date: string) {
  return sql`business_date >= ${`${business_date.slice(0, 8)}01`}::date`
}
