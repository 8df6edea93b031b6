import type { Queryable } from '#libs/sql/database.ts'

/** One thing that does not add up. */
export interface Discrepancy {
  readonly kind: 'balance' | 'held' | 'sequence' | 'running_balance' | 'transaction' | 'currency'
  readonly id: string
  readonly kept: string
  readonly recomputed: string
}

/**
 * Recomputes the books from what was booked: every balance is the sum of its entries and every running balance of those before it, held is the
 * sum of active holds, sequences have no hole, each transaction's debits and credits are those of its postings, and each currency nets to zero.
 * Reads everything; give it a snapshot (`repeatable read`) while others write. Empty when all is well.
 */
export async function recompute(sql: Queryable): Promise<Discrepancy[]> {
  return [...(await recomputeAccounts(sql)), ...(await recomputeTransactions(sql))]
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
    holding as (select ledger_account_id, sum(amount_cents) as held from holds where status = 'ACTIVE' group by ledger_account_id)
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

async function recomputeTransactions(sql: Queryable): Promise<Discrepancy[]> {
  const rows = await sql<Discrepancy[]>`
    with booked as (
      select ledger_transaction_id, coalesce(sum(abs(signed_cents)) filter (where side = 'DEBIT'), 0) as debits,
        coalesce(sum(abs(signed_cents)) filter (where side = 'CREDIT'), 0) as credits
      from entries group by ledger_transaction_id),
    posted as (select ledger_transaction_id, (select sum(amount) from unnest(amounts_cents) as amount) as amount from journal_transactions)
    select 'transaction' as kind, coalesce(p.ledger_transaction_id, b.ledger_transaction_id)::text as id, coalesce(p.amount, 0)::text as kept,
        format('debits %s, credits %s', b.debits, b.credits) as recomputed
      from posted p full join booked b using (ledger_transaction_id)
      where p.amount is null or b.debits is null or p.amount <> b.debits or p.amount <> b.credits
    union all
    select 'currency', currency::text, '0', sum(case normal_side when 'DEBIT' then ledger_balance_cents else -ledger_balance_cents end)::text
      from ledger_accounts group by currency
      having sum(case normal_side when 'DEBIT' then ledger_balance_cents else -ledger_balance_cents end) <> 0`
  return Array.from(rows)
}
