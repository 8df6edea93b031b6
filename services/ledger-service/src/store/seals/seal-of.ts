import type { Queryable } from '#libs/sql/database.ts'
import type { SealVersion } from '../../proofs/texts.ts'

/** Seals that are looked at together while a transaction is searched. */
const LOOKED_AT_ONCE = 32

/** Where a transaction is sealed. */
export interface SealedPlace {
  readonly seal_no: number
  /** The index of its first leaf, and how many it has. */
  readonly first_leaf: number
  readonly leaf_count: number
  /** Of the seal. */
  readonly version: SealVersion
}

/**
 * Where a transaction is sealed; undefined when it is not. No seal before the first whose `through_id` reaches it can hold it, and hardly ever
 * does another than that one: only what was committed late is further on.
 */
export async function findPlace(
  sql: Queryable,
  ledger_transaction_id: string,
  up_to_seal?: number,
): Promise<SealedPlace | undefined> {
  const bound = up_to_seal === undefined ? sql`` : sql`and seal_no <= ${up_to_seal}`
  const [first] = await sql<{ seal_no: number }[]>`
    select seal_no::float8 as seal_no from seals where through_id >= ${ledger_transaction_id} order by through_id, seal_no limit 1`
  if (first === undefined) return undefined
  for (let from = first.seal_no, width = 1; ; from += width, width = LOOKED_AT_ONCE) {
    const rows = await sql<(SealedPlace & { place: number | null })[]>`
      select seal_no::float8 as seal_no, place,
        (first_leaf + coalesce((select sum(c) from unnest(entry_counts[:place - 1]) as c), 0))::float8 as first_leaf,
        entry_counts[place] as leaf_count, version
      from (
        select *, array_position(transaction_ids, ${ledger_transaction_id}::uuid) as place from seals
        where seal_no >= ${from} and seal_no < ${from + width} ${bound}) looked
      order by seal_no`
    const found = rows.find((row) => row.place !== null)
    if (found !== undefined) {
      const { place: _place, ...where } = found
      return where
    }
    if (rows.length < width) return undefined
  }
}

/** Whether a transaction is sealed up to a seal. */
export async function holdsTransaction(
  sql: Queryable,
  seal_no: number,
  ledger_transaction_id: string,
): Promise<boolean> {
  return (await findPlace(sql, ledger_transaction_id, seal_no)) !== undefined
}
