import type { Lab } from './lab.ts'

interface Size {
  name: string
  rows: number
  heap: number
  indexes: number
}

/** Prints what each table takes on disk for each transfer that is in it, and what they take together for each in the journal. */
export async function printSizes({ books }: Pick<Lab, 'books'>): Promise<void> {
  const sizes = await books<Size[]>`
    select c.relname as name, sum(greatest(leaf.reltuples, 0))::float8 as rows, sum(pg_table_size(leaf.oid))::float8 as heap,
      sum(pg_indexes_size(leaf.oid))::float8 as indexes
    from pg_class c
    cross join lateral (
      select t.relid from pg_partition_tree(c.oid) t where t.isleaf
      union all select c.oid where c.relkind = 'r') part (relid)
    join pg_class leaf on leaf.oid = part.relid
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    group by c.relname having sum(pg_total_relation_size(leaf.oid)) > 1000000
    order by sum(pg_total_relation_size(leaf.oid)) desc`
  const [told] = await books<{ events: number }[]>`select coalesce(sum(events), 0)::float8 as events from outbox`
  const transfers = sizes.find(({ name }) => name === 'journal_transactions')?.rows ?? Number.NaN
  console.log(
    '\n| table | rows | MB | of it indexes | bytes a row | bytes a transfer |\n|---|---:|---:|---:|---:|---:|',
  )
  let together = 0
  for (const { name, rows, heap, indexes } of sizes) {
    // The outbox may have been put away in part, so it is measured by what is still in it.
    const each = (heap + indexes) / (name === 'outbox' ? (told?.events ?? Number.NaN) : transfers)
    together += each
    const cells = [
      rows.toFixed(0),
      mb(heap + indexes),
      mb(indexes),
      rows > 0 ? ((heap + indexes) / rows).toFixed(0) : '',
    ]
    console.log(`| ${name} | ${cells.join(' | ')} | ${each.toFixed(0)} |`)
  }
  console.log(`| together | | | | | ${together.toFixed(0)} |`)
}

function mb(bytes: number): string {
  return (bytes / 1e6).toFixed(0)
}
