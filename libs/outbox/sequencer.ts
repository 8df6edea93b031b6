import type { Database } from '#libs/sql/database.ts'

/** Events of a pass: its last bundle is the one that reaches this number. */
export const SEQUENCE_AT_ONCE = 2_000

/**
 * Gives committed bundles without a position the next ones, in the order in which they were written: one for each event, of which the bundle
 * keeps the last. One pass at a time per producer (a lock held to its commit), so a reader that has seen position N never misses one below N.
 * Returns how many events got one.
 */
export async function sequenceOnce({ app }: Pick<Database, 'app'>): Promise<number> {
  const [row] = await app<{ count: number }[]>`select sequence_outbox(${SEQUENCE_AT_ONCE}) as count`
  return row?.count ?? 0
}
