import type { Queryable, Tx } from '#libs/sql/database.ts'
import type { Difference } from './reconciliations.ts'

/** A step over the whole day of a large bank may take this long. */
const LONG_STATEMENT_MS = 600_000
/** Differences that one run records at most; more of them have one cause. */
export const DIFFERENCES_AT_MOST = 1_000

/** Lets the statements of this transaction take as long as a whole day's books may need. */
export async function allowLongStatements(tx: Tx): Promise<void> {
  await tx`select set_config('statement_timeout', ${String(LONG_STATEMENT_MS)}, true)`
}

/** Writes down what each account did on a day that is over, from its last row on; returns how many accounts moved. */
export async function snapshotDay(tx: Tx, business_date: string): Promise<number> {
  const made = await tx`
    insert into daily_balances (ledger_account_id, business_date, opening_cents, debits_cents, credits_cents, closing_cents, entry_count,
      last_sequence)
    select moved.ledger_account_id, ${business_date}::date, coalesce(before.closing_cents, 0), moved.debits, moved.credits,
      coalesce(before.closing_cents, 0) + moved.change, moved.entries, coalesce(before.last_sequence, 0) + moved.entries
    from (
      select ledger_account_id, count(*) as entries, sum(signed_cents) as change,
        coalesce(sum(abs(signed_cents)) filter (where is_debit), 0) as debits,
        coalesce(sum(abs(signed_cents)) filter (where not is_debit), 0) as credits
      from entries where business_date = ${business_date}::date
      group by ledger_account_id) moved
    left join lateral (
      select closing_cents, last_sequence from daily_balances b
      where b.ledger_account_id = moved.ledger_account_id and b.business_date < ${business_date}::date
      order by b.business_date desc limit 1) before on true`
  await tx`
    insert into period_totals (business_date, currency, entries, debits, credits)
    select ${business_date}::date, coalesce(day.currency, before.currency), coalesce(day.entries, 0),
      coalesce(before.debits, 0) + coalesce(day.debits, 0), coalesce(before.credits, 0) + coalesce(day.credits, 0)
    from (
      select a.currency, sum(d.entry_count) as entries, sum(d.debits_cents) as debits, sum(d.credits_cents) as credits
      from daily_balances d join ledger_accounts a using (ledger_account_id)
      where d.business_date = ${business_date}::date group by a.currency) day
    full join (
      select distinct on (currency) currency, debits, credits from period_totals
      where business_date < ${business_date}::date order by currency, business_date desc) before on before.currency = day.currency`
  return made.count
}

/**
 * Compares a day's closing balances (the day before's and what was booked since) with the running balance of each account's last entry of the
 * day, and with the balance that is kept now less what came later. Returns what differs, and whether the trial balance is zero.
 */
export async function compareDay(
  tx: Tx,
  business_date: string,
): Promise<{ accounts: number; differences: Difference[]; isBalanced: boolean }> {
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
        and e.business_date > ${business_date}::date) later
    where d.business_date = ${business_date}::date
      and (last.balance_cents is distinct from d.closing_cents or a.ledger_balance_cents - later.change <> d.closing_cents
        or a.entry_count - later.entries <> d.last_sequence)
    limit ${DIFFERENCES_AT_MOST}`
  const [found] = await tx<{ accounts: number; is_balanced: boolean }[]>`
    select (select count(*) from daily_balances where business_date = ${business_date}::date)::int as accounts,
      not exists (select from period_totals where business_date = ${business_date}::date and debits <> credits) as is_balanced`
  return {
    accounts: found?.accounts ?? 0,
    differences: Array.from(differences),
    isBalanced: found?.is_balanced ?? true,
  }
}

/** True when the balances of a day have been written down. */
export async function isSnapshotted(sql: Queryable, business_date: string): Promise<boolean> {
  const [row] = await sql<{ is_over: boolean }[]>`
    select (${business_date}::date < c.business_date) and not exists (
      select from end_of_day_runs where business_date = ${business_date}::date and step in ('EXPIRE_HOLDS', 'SNAPSHOT')) as is_over
    from bank_clock c`
  return row?.is_over ?? false
}
