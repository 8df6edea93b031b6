import type { Queryable } from '#libs/sql/database.ts'
import { arrayLiteral } from '../array-literal.ts'
import { findPlace, type SealedPlace } from './seal-of.ts'

/** Where each of many transactions is sealed, by id; what is not sealed is left out. */
export async function findPlaces(sql: Queryable, ids: readonly string[]): Promise<Map<string, SealedPlace>> {
  const wanted = [...new Set(ids)]
  const rows = await sql<(SealedPlace & { id: string; place: number | null })[]>`
    select id, seal_no::float8 as seal_no, place, entry_counts[place] as leaf_count, version,
      -- Nearly always each transaction has two entries, and nothing needs to be summed.
      (first_leaf + case when leaf_count = 2 * cardinality(entry_counts) then 2 * (place - 1)
        else coalesce((select sum(c) from unnest(entry_counts[:place - 1]) as c), 0) end)::float8 as first_leaf
    from unnest(${arrayLiteral(wanted)}::uuid[]) as wanted (id)
    cross join lateral (
      select *, array_position(transaction_ids, id) as place from seals where through_id >= id order by through_id, seal_no limit 1) s`
  const places = new Map<string, SealedPlace>()
  for (const { id, place, ...found } of rows) {
    // What was committed late stands in a later seal than its id says.
    const sealed = place === null ? await findPlace(sql, id) : found
    if (sealed !== undefined) places.set(id, sealed)
  }
  return places
}
