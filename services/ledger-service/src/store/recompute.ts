import type { Queryable } from '#libs/sql/database.ts'
import type { Discrepancy } from './discrepancy.ts'
import { recomputeTotals } from './reports/recompute-totals.ts'

/**
 * Recomputes the books from what was booked: every balance is the sum of its entries and every running balance of those before it, held is the
 * sum of what active holds have left, sequences have no hole, what counts against limits is what was held and taken on the day and in the month, days' balances
 * and the totals of reports are the sums of their entries, each transaction's debits and credits are those of its postings, and each currency
 * nets to zero.
 * Reads everything; give it a snapshot (`repeatable read`) while others write. Empty when all is well.
 */
export async function recompute(sql: Queryable): Promise<Discrepancy[]> {
  return [
    ...(await recomputeAccounts(sql)),
    ...(await recomputeDebited(sql)),
    ...(await recomputeDays(sql)),
    ...(await recomputeTotals(sql)),
    ...(await recomputeTransactions(sql)),
  ]
}

async function recomputeAccounts(sql: Queryable): Promise<Discrepancy[]> {
  const of = sql<Discrepancy[]>`
    with summed as (
      select ledger_account_id, sum(signed_cents) as balance, count(*) as entries, min(sequence) as first, max(sequence) as last,
        count(distinct sequence) as sequences
      from entries group by ledger_account_id),
    running as (
      select ledger_account_id, sequence, balance_cents,
        sum(signed_cents) over (partition by ledger_account_id order by sequence) as balance
      from entries),
    holding as (select ledger_account_id, sum(amount_cents - captured_cents) as held from holds where status = 'ACTIVE' group by ledger_account_id)
    select 'balance' as kind, a.ledger_account_id::text as id, a.ledger_balance_cents::text as kept, coalesce(s.balance, 0)::text as recomputed
      from ledger_accounts a left join summed s using (ledger_account_id) where a.ledger_balance_cents <> coalesce(s.balance, 0)
    union all
    select 'held', a.ledger_account_id::text, a.held_cents::text, coalesce(h.held, 0)::text
      from ledger_accounts a left join holding h using (ledger_account_id) where a.held_cents <> coalesce(h.held, 0)
    union all
    select 'sequence', a.ledger_account_id::text, a.entry_count::text, format('%s entries, %s to %s', s.entries, s.first, s.last)
      from ledger_accounts a left join summed s using (ledger_account_id)
      where a.entry_count <> coalesce(s.entries, 0) or a.entry_count <> coalesce(s.last, 0)
        or (s.entries > 0 and (s.first <> 1 or s.sequences <> s.entries))
    union all
    select 'running_balance', ledger_account_id::text || '/' || sequence, balance_cents::text, balance::text
      from running where balance_cents <> balance
    union all
    select 'balance', e.ledger_account_id::text, 'no account', e.balance::text
      from summed e where not exists (select from ledger_accounts a where a.ledger_account_id = e.ledger_account_id)`
  return Array.from(await of)
}

/**
 * A hold counts on the day it was placed and on those of its increases, with what is held or was taken of it, the oldest part first; so does what
 * was booked as limited without one.
 */
async function recomputeDebited(sql: Queryable): Promise<Discrepancy[]> {
  const rows = await sql<Discrepancy[]>`
    with part as (
      select h.hold_id, h.ledger_account_id, p.n, p.business_date, p.cents, case status when 'ACTIVE' then amount_cents else captured_cents end as counts
      from holds h cross join lateral (
        select 0 as n, h.business_date, h.amount_cents - coalesce((select sum(one) from unnest(h.increases_cents) as one), 0) as cents
        union all select * from (select n, day, cents from unnest(h.increase_dates, h.increases_cents) with ordinality as i (day, cents, n)) later) p),
    counted as (
      select ledger_account_id, business_date,
        least(cents, greatest(0, counts - (sum(cents) over (partition by hold_id order by n) - cents))) as amount
      from part
      union all
      select e.ledger_account_id, e.business_date, abs(e.signed_cents)
      from journal_transactions j join entries e using (ledger_transaction_id) join ledger_accounts a using (ledger_account_id)
      where j.is_limited and e.is_debit and a.normal_side = 'CREDIT'),
    debited as (
      select a.ledger_account_id, coalesce(sum(c.amount) filter (where c.business_date = a.debited_on), 0) as today, coalesce(sum(c.amount), 0) as month
      from ledger_accounts a left join counted c on c.ledger_account_id = a.ledger_account_id
        and date_trunc('month', c.business_date) = date_trunc('month', a.debited_on)
      group by a.ledger_account_id)
    select 'debited_today' as kind, a.ledger_account_id::text as id, debited_today_cents::text as kept, d.today::text as recomputed
      from ledger_accounts a join debited d using (ledger_account_id) where debited_today_cents <> d.today
    union all
    select 'debited_month', a.ledger_account_id::text, debited_month_cents::text, d.month::text
      from ledger_accounts a join debited d using (ledger_account_id) where debited_month_cents <> d.month`
  return Array.from(rows)
}

/** Days whose balances are written down: all that are over but the one that is being closed. */
async function recomputeDays(sql: Queryable): Promise<Discrepancy[]> {
  const rows = await sql<Discrepancy[]>`
    with days as (
      select ledger_account_id, business_date, (array_agg(balance_cents - signed_cents order by sequence))[1] as opening,
        coalesce(sum(abs(signed_cents)) filter (where is_debit), 0) as debits,
        coalesce(sum(abs(signed_cents)) filter (where not is_debit), 0) as credits,
        (array_agg(balance_cents order by sequence desc))[1] as closing, count(*) as entries, max(sequence) as last
      from entries e
      where business_date < (select business_date from bank_clock) and not exists (
        select from end_of_day_runs r where r.business_date = e.business_date and r.step in ('EXPIRE_HOLDS', 'SNAPSHOT'))
      group by ledger_account_id, business_date)
    select 'daily_balance' as kind, ledger_account_id::text as id, coalesce(b.closing_cents::text, 'none') as kept,
      coalesce(d.closing::text, 'none') as recomputed
    from days d full join daily_balances b using (ledger_account_id, business_date)
    where (opening, debits, credits, closing, entries, last) is distinct from
      (opening_cents, debits_cents, credits_cents, closing_cents, entry_count, last_sequence)`
  return Array.from(rows)
}

async function recomputeTransactions(sql: Queryable): Promise<Discrepancy[]> {
  const rows = await sql<Discrepancy[]>`
    with booked as (
      select ledger_transaction_id, coalesce(sum(abs(signed_cents)) filter (where is_debit), 0) as debits,
        coalesce(sum(abs(signed_cents)) filter (where not is_debit), 0) as credits
      from entries group by ledger_transaction_id),
    posted as (select ledger_transaction_id, (select sum(amount) from unnest(amounts_cents) as amount) as amount from journal_transactions),
    currency_of as (
      select j.ledger_transaction_id, e.ordinal, e.ledger_account_id, a.currency, coalesce(j.currencies[(e.ordinal + 1) / 2], j.currency) as said
      from journal_transactions j join entries e using (ledger_transaction_id) join ledger_accounts a using (ledger_account_id))
    select 'transaction' as kind, coalesce(p.ledger_transaction_id, b.ledger_transaction_id)::text as id, coalesce(p.amount, 0)::text as kept,
        format('debits %s, credits %s', b.debits, b.credits) as recomputed
      from posted p full join booked b using (ledger_transaction_id)
      where p.amount is null or b.debits is null or p.amount <> b.debits or p.amount <> b.credits
    union all
    select 'transaction', ledger_transaction_id::text || '/' || ordinal, said::text, currency::text from currency_of where said <> currency
    union all
    select 'hold', hold_id::text, status, format('%s of %s captured', captured_cents, amount_cents)
      from holds where captured_cents > amount_cents or (status = 'ACTIVE' and captured_cents = amount_cents)
    union all
    select 'journal', j.ledger_transaction_id::text, j.sequences::text || j.balances_cents::text, e.sequences::text || e.balances::text
      from journal_transactions j left join (
        select ledger_transaction_id, array_agg(sequence order by ordinal) as sequences, array_agg(balance_cents order by ordinal) as balances,
          array_agg(ledger_account_id order by ordinal) as accounts, array_agg(is_debit order by ordinal) as sides
        from entries group by ledger_transaction_id) e using (ledger_transaction_id)
      where (j.sequences, j.balances_cents) is distinct from (e.sequences, e.balances) or e.accounts is distinct from (
        select array_agg(id order by n, side) from (
          select n, 1 as side, id from unnest(j.debit_account_ids) with ordinality as d (id, n)
          union all select n, 2, id from unnest(j.credit_account_ids) with ordinality as c (id, n)) posted)
        or e.sides is distinct from (select array_agg(n % 2 = 1 order by n) from generate_series(1, cardinality(j.sequences)) as n)
    union all
    select 'currency', currency::text, '0', sum(case normal_side when 'DEBIT' then ledger_balance_cents else -ledger_balance_cents end)::text
      from ledger_accounts group by currency
      having sum(case normal_side when 'DEBIT' then ledger_balance_cents else -ledger_balance_cents end) <> 0`
  return Array.from(rows)
}
