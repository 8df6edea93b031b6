import type { Queryable, Tx } from '#libs/sql/database.ts'
import type { Difference, Unbalanced } from './reconciliations.ts'

/** A step over the whole day of a large bank may take this long. */
const LONG_STATEMENT_MS = 600_000
/** Differences that one run records at most; more of them have one cause. */
export const DIFFERENCES_AT_MOST = 1_000

/** Lets the statements of this transaction take as long as a whole day's books may need. */
export async function allowLongStatements(tx: Tx): Promise<void> {
  await tx`select set_config('statement_timeout', ${String(LONG_STATEMENT_MS)}, true)`
}

/**
 * Writes down what each account did on a day that is over, from its last row on, and the totals that reports are made of; returns how many
 * accounts moved. The entries of the day are read once.
 */
export async function snapshotDay(tx: Tx, business_date: string): Promise<number> {
  const made = await tx`
    with by_value as materialized (
      select ledger_account_id, value_date, count(*) as entries, sum(signed_cents) as change,
        coalesce(sum(abs(signed_cents)) filter (where is_debit), 0) as debits,
        coalesce(sum(abs(signed_cents)) filter (where not is_debit), 0) as credits
      from entries where business_date = ${business_date}::date
      group by ledger_account_id, value_date),
    shifted as (
      insert into shifted_balances (ledger_account_id, business_date, value_date, debits, credits, entries)
      select ledger_account_id, ${business_date}::date, value_date, debits, credits, entries
      from by_value where value_date <> ${business_date}::date),
    shifted_lines as (
      insert into gl_shifts (currency, gl_code, business_date, value_date, debits, credits, entries)
      select a.currency, a.gl_code, ${business_date}::date, v.value_date, sum(v.debits), sum(v.credits), sum(v.entries)
      from by_value v join ledger_accounts a using (ledger_account_id)
      where v.value_date <> ${business_date}::date
      group by a.currency, a.gl_code, v.value_date)
    insert into daily_balances (ledger_account_id, business_date, opening_cents, debits_cents, credits_cents, closing_cents, entry_count,
      last_sequence)
    select moved.ledger_account_id, ${business_date}::date, coalesce(before.closing_cents, 0), moved.debits, moved.credits,
      coalesce(before.closing_cents, 0) + moved.change, moved.entries, coalesce(before.last_sequence, 0) + moved.entries
    from (
      select ledger_account_id, sum(entries) as entries, sum(change) as change, sum(debits) as debits, sum(credits) as credits
      from by_value group by ledger_account_id) moved
    left join lateral (
      select closing_cents, last_sequence from daily_balances b
      where b.ledger_account_id = moved.ledger_account_id and b.business_date < ${business_date}::date
      order by b.business_date desc limit 1) before on true`
  await totalDay(tx, business_date)
  return made.count
}

/** The lines of the chart and the currencies at the end of a day, from those of the day before and what the accounts did. */
async function totalDay(tx: Tx, business_date: string): Promise<void> {
  await tx`
    insert into gl_days (business_date, currency, gl_code, debits, credits, entries)
    select ${business_date}::date, currency, gl_code, coalesce(before.debits, 0) + coalesce(day.debits, 0),
      coalesce(before.credits, 0) + coalesce(day.credits, 0), coalesce(before.entries, 0) + coalesce(day.entries, 0)
    from (
      select a.currency, a.gl_code, sum(d.debits_cents) as debits, sum(d.credits_cents) as credits, sum(d.entry_count) as entries
      from daily_balances d join ledger_accounts a using (ledger_account_id)
      where d.business_date = ${business_date}::date group by a.currency, a.gl_code) day
    full join (
      select currency, gl_code, debits, credits, entries from gl_days
      where business_date = (select max(business_date) from gl_days where business_date < ${business_date}::date)) before
      using (currency, gl_code)`
  await tx`
    insert into period_totals (business_date, currency, entries, debits, credits)
    select ${business_date}::date, currency, sum(day.entries) - coalesce(sum(before.entries), 0), sum(day.debits), sum(day.credits)
    from gl_days day left join (
      select currency, gl_code, entries from gl_days
      where business_date = (select max(business_date) from gl_days where business_date < ${business_date}::date)) before
      using (currency, gl_code)
    where day.business_date = ${business_date}::date
    group by currency`
}

/**
 * Compares a day's closing balances (the day before's and what was booked since) with the running balance of each account's last entry of the
 * day, and with the balance that is kept now less what came later (what follows the day's last entry; the month only names the partitions: a
 * day would have the planner, while it knows no entries after it, look for them by their date, in all of the month for each account). Returns
 * what differs, and whether the trial balance is zero.
 */
export async function compareDay(
  tx: Tx,
  business_date: string,
): Promise<{ accounts: number; differences: Difference[]; unbalanced: Unbalanced[] }> {
  const differences = await tx<Difference[]>`
    select d.ledger_account_id, d.closing_cents as computed_cents,
      case when a.ledger_balance_cents - later.change <> d.closing_cents then (a.ledger_balance_cents - later.change)::int8
        else coalesce(last.balance_cents, 0) end as cached_cents
    from daily_balances d
    join ledger_accounts a on a.ledger_account_id = d.ledger_account_id
    left join lateral (
      select balance_cents from entries e
      where e.ledger_account_id = d.ledger_account_id and e.sequence = d.last_sequence
        and e.business_date = ${business_date}::date) last on true
    cross join lateral (
      select coalesce(sum(signed_cents), 0) as change, count(*) as entries from entries e
      where e.ledger_account_id = d.ledger_account_id and e.sequence > d.last_sequence
        and e.business_date >= date_trunc('month', ${business_date}::date)::date) later
    where d.business_date = ${business_date}::date
      and (last.balance_cents is distinct from d.closing_cents or a.ledger_balance_cents - later.change <> d.closing_cents
        or a.entry_count - later.entries <> d.last_sequence)
    limit ${DIFFERENCES_AT_MOST}`
  const [found] = await tx<{ accounts: number }[]>`
    select count(*)::int as accounts from daily_balances where business_date = ${business_date}::date`
  const unbalanced = await tx<{ currency: string; difference: string }[]>`
    select currency, (debits - credits)::text as difference from period_totals
    where business_date = ${business_date}::date and debits <> credits order by currency`
  return {
    accounts: found?.accounts ?? 0,
    differences: Array.from(differences),
    unbalanced: unbalanced.map((row) => ({ ...row, difference: BigInt(row.difference) })),
  }
}

/** The first day whose balances are not written down yet: today, or the day before while it is being closed. */
export async function firstOpenDay(sql: Queryable): Promise<string> {
  const [row] = await sql<{ first_open: string }[]>`
    select least(c.business_date, (
      select r.business_date from end_of_day_runs r where r.status <> 'COMPLETED' and r.step in ('EXPIRE_HOLDS', 'SNAPSHOT'))) as first_open
    from bank_clock c`
  if (row === undefined) throw new Error('the bank clock has no row')
  return row.first_open
}

/** True when the balances of a day have been written down. */
export async function isSnapshotted(sql: Queryable, business_date: string): Promise<boolean> {
  const [row] = await sql<{ is_over: boolean }[]>`
    select (${business_date}::date < c.business_date) and not exists (
      select from end_of_day_runs where business_date = ${business_date}::date and step in ('EXPIRE_HOLDS', 'SNAPSHOT')) as is_over
    from bank_clock c`
  return row?.is_over ?? false
}
