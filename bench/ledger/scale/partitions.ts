import type { Tx } from '#libs/sql/database.ts'

/** A month of a table, apart from it and without its indexes while it is filled. */
export interface LooseMonth {
  /** The name of the partition. */
  name: string
  parent: string
  bounds: string
}

/** Makes the partition of a month and takes it out of its table; the table's own indexes are made at once when it comes back. */
export async function loosenMonth(tx: Tx, parent: string, month: string): Promise<LooseMonth> {
  const name = `${parent}_${month.replace('-', '_')}`
  await tx`select ensure_month_partitions(${parent}, ${`${month}-01`}, 1)`
  const [row] = await tx<{ bounds: string }[]>`
    select pg_get_expr(relpartbound, oid) as bounds from pg_class where oid = ${name}::regclass`
  if (row === undefined) throw new Error(`${name} was not made`)
  await tx.unsafe(`alter table ${parent} detach partition ${name}`)
  const indexes = await tx<{ index: string; constraint_name: string | null }[]>`
    select i.indexrelid::regclass::text as index, c.conname as constraint_name
    from pg_index i left join pg_constraint c on c.conindid = i.indexrelid and c.conrelid = i.indrelid
    where i.indrelid = ${name}::regclass`
  for (const { index, constraint_name } of indexes)
    await tx.unsafe(
      constraint_name === null ? `drop index ${index}` : `alter table ${name} drop constraint ${constraint_name}`,
    )
  return { name, parent, bounds: row.bounds }
}

/** Puts a filled month back in its place. */
export async function attachMonth(tx: Tx, { name, parent, bounds }: LooseMonth): Promise<void> {
  await tx.unsafe(`alter table ${parent} attach partition ${name} ${bounds}`)
}
