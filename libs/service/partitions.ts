import type { Queryable } from '#libs/sql/database.ts'
import { ensurePartitions } from '#libs/sql/partitions.ts'

/** Tables of the libraries that are partitioned by month; a service declares its own beside them. */
const LIBRARY_TABLES = ['outbox', 'audit_outbox']
const DAY_MS = 86_400_000
/** Months that are ready before their first row can come. */
const MONTHS_AHEAD = 3

/** Every table of a service that is partitioned by month of the wall clock. */
export function partitionedTables(own: readonly string[]): string[] {
  return [...LIBRARY_TABLES, ...own]
}

/** Makes the partitions of the tables from yesterday's month, which a slower clock may still be in, to three months later. */
export async function ensureServicePartitions(sql: Queryable, tables: readonly string[], now: Date): Promise<void> {
  const yesterday = new Date(now.getTime() - DAY_MS)
  for (const table of tables) await ensurePartitions(sql, table, yesterday, MONTHS_AHEAD)
}
