import type { Database } from '#libs/sql/database.ts'

/** Events of a pass: its last bundle is the one that reaches this number. */
export const SEQUENCE_AT_ONCE = 2_000

/**
 * Gives committed bundles without a position the next ones, in the order in which they were written: one for each event, of which the bundle
 * keeps the last. One pass at a time per producer (a lock held to its commit), so a reader that has seen position N never misses one below N.
 * Returns how many events got one, and up to where positions had been given before: further than by this process alone, where others give
 * them too.
 */
export async function sequenceOnce({ app }: Pick<Database, 'app'>): Promise<{ count: number; before: bigint }> {
  const [row] = await app<{ count: number; before: bigint }[]>`
    select sequence_outbox(${SEQUENCE_AT_ONCE}) as count, (select position from outbox_state) as before`
  return row ?? { count: 0, before: 0n }
}
