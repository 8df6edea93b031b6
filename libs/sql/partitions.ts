import type { Queryable } from './database.ts'

/**
 * Makes the monthly partitions of a table from the month of `around` to `ahead` months later; those that exist are left. Called at start
 * and whenever a clock moves, always before the first row of a month can be written.
 */
export async function ensurePartitions(sql: Queryable, table: string, around: Date, ahead: number): Promise<number> {
  const month = `${around.toISOString().slice(0, 7)}-01`
  const [row] = await sql<{ made: number }[]>`select ensure_month_partitions(${table}, ${month}, ${ahead + 1}) as made`
  return row?.made ?? 0
}
