import type { Queryable } from '#libs/sql/database.ts'
import type { Discrepancy } from '../discrepancy.ts'

/** What reports are made of, computed anew from the entries of the days that are written down. */
export async function recomputeTotals(sql: Queryable): Promise<Discrepancy[]> {
  const rows = await sql<Discrepancy[]>`
    with written as (
      select e.ledger_account_id, a.currency, a.gl_code, e.business_date, e.value_date, count(*) as entries,
        coalesce(sum(abs(signed_cents)) filter (where is_debit), 0) as debits,
        coalesce(sum(abs(signed_cents)) filter (where not is_debit), 0) as credits
      from entries e join ledger_accounts a using (ledger_account_id)
      where exists (select from daily_balances d where d.ledger_account_id = e.ledger_account_id and d.business_date = e.business_date)
      group by e.ledger_account_id, a.currency, a.gl_code, e.business_date, e.value_date),
    shifted as (select * from written where value_date <> business_date),
    shifted_lines as (
      select currency, gl_code, business_date, value_date, sum(debits) as debits, sum(credits) as credits, sum(entries) as entries
      from shifted group by currency, gl_code, business_date, value_date),
    days as (
      select d.business_date, w.currency, w.gl_code, sum(w.debits) as debits, sum(w.credits) as credits, sum(w.entries) as entries
      from (select distinct business_date from gl_days) d join written w on w.business_date <= d.business_date
      group by d.business_date, w.currency, w.gl_code)
    select 'daily_balance' as kind, ledger_account_id::text as id, coalesce(format('%s %s', k.debits, k.credits), 'none') as kept,
      coalesce(format('%s %s', s.debits, s.credits), 'none') as recomputed
    from shifted s full join shifted_balances k using (ledger_account_id, business_date, value_date)
    where (s.debits, s.credits, s.entries) is distinct from (k.debits, k.credits, k.entries)
    union all
    select 'currency', format('%s %s %s', currency, gl_code, business_date), coalesce(format('%s %s', k.debits, k.credits), 'none'),
      coalesce(format('%s %s', s.debits, s.credits), 'none')
    from shifted_lines s full join gl_shifts k using (currency, gl_code, business_date, value_date)
    where (s.debits, s.credits, s.entries) is distinct from (k.debits, k.credits, k.entries)
    union all
    select 'currency', format('%s %s %s', currency, gl_code, business_date), coalesce(format('%s %s', k.debits, k.credits), 'none'),
      coalesce(format('%s %s', d.debits, d.credits), 'none')
    from days d full join gl_days k using (currency, gl_code, business_date)
    where (d.debits, d.credits, d.entries) is distinct from (k.debits, k.credits, k.entries)`
  return Array.from(rows)
}
