import type { Queryable } from '#libs/sql/database.ts'
import type { JournalCut } from './gl-as-of.ts'

const VALUES_AT_MOST = 1_000

/**
 * Sums what was booked with a metadata key over business days, by value and currency, the largest sums first. Only what was booked with metadata on
 * those days is read; of the days that are not wholly known, only what is sealed counts.
 */
export async function sumsByMetadata(
  sql: Queryable,
  { seal_no, open_from, last_day }: JournalCut,
  { key, value, from, to }: { key: string; value: string | undefined; from: string; to: string },
) {
  const wanted =
    value === undefined
      ? sql`metadata ->> ${key}::text is not null`
      : sql`metadata @> jsonb_build_object(${key}::text, ${value}::text)`
  const rows = await sql<{ value: string; currency: string; transactions: number; postings: number; amount: string }[]>`
    with unsure as materialized (
      select unnest(transaction_ids) as id from seals
      where business_date >= ${open_from}::date and business_date <= ${last_day}::date and seal_no <= ${seal_no}::bigint),
    booked as (
      select * from journal_transactions
      where ${wanted} and metadata is not null and business_date >= ${from}::date and business_date <= ${to}::date
        and (business_date < ${open_from}::date or ledger_transaction_id in (select id from unsure)))
    select b.metadata ->> ${key}::text as value, p.currency, count(distinct b.ledger_transaction_id)::float8 as transactions,
      count(*)::float8 as postings, sum(p.amount)::text as amount
    from booked b
    cross join lateral (
      select coalesce(b.currencies[n], b.currency) as currency, amount
      from unnest(b.amounts_cents) with ordinality as posted (amount, n)) p
    group by 1, 2 order by sum(p.amount) desc, 1, 2 limit ${VALUES_AT_MOST}`
  return Array.from(rows)
}
