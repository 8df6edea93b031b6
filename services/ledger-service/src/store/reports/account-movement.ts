import type { Queryable } from '#libs/sql/database.ts'
import type { AccountCut } from './account-as-of.ts'

/** What an account had before and after the entries of some business days, and what they sum up to. */
export async function movedBetween(
  sql: Queryable,
  cut: AccountCut,
  range: { from: string; to: string; first: number; last: number },
) {
  const { ledger_account_id: id, normal_side, open_from, last_day } = cut
  const { from, to, first, last } = range
  const [row] = await sql<{ opening: bigint; debits: string; credits: string }[]>`
    with parts as (
      select debits_cents as debits, credits_cents as credits from daily_balances
      where ledger_account_id = ${id} and business_date >= ${from}::date and business_date <= ${to}::date and business_date < ${open_from}::date
      union all
      select case when is_debit then abs(signed_cents) end, case when is_debit then null else abs(signed_cents) end from entries
      where ledger_account_id = ${id} and sequence >= ${first}::bigint and sequence <= ${last}::bigint
        and business_date >= ${open_from}::date and business_date <= ${last_day}::date)
    select coalesce(
        (select balance_cents from entries
          where ledger_account_id = ${id} and sequence = ${first - 1}::bigint and business_date >= ${open_from}::date
            and business_date <= ${last_day}::date),
        (select closing_cents from daily_balances
          where ledger_account_id = ${id} and business_date < ${from}::date and business_date < ${open_from}::date
          order by business_date desc limit 1), 0) as opening,
      coalesce(sum(debits), 0)::text as debits, coalesce(sum(credits), 0)::text as credits
    from parts`
  const { opening = 0n, debits = '0', credits = '0' } = row ?? {}
  const change = normal_side === 'DEBIT' ? BigInt(debits) - BigInt(credits) : BigInt(credits) - BigInt(debits)
  return { opening_balance_cents: opening, closing_balance_cents: opening + change, debits, credits }
}
