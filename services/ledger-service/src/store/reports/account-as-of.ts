import type { Queryable } from '#libs/sql/database.ts'
import { type CutDays, REACHES } from '../../domain/value-dates.ts'
import type { Side } from '../../tables.ts'
import { arrayLiteral } from '../array-literal.ts'
import { fromMonthOf } from '../entry-months.ts'

/** How much of an account's history counts: its first `sequence` entries. */
export interface AccountPart {
  readonly ledger_account_id: string
  readonly normal_side: Side
  readonly sequence: number
}

export interface AccountCut extends CutDays, AccountPart {}

/** Cuts through the histories of accounts on the same days. */
export interface AccountCuts extends CutDays {
  readonly accounts: readonly AccountPart[]
}

/** The balance of one account as of a value date. */
export async function accountBalanceAsOf(sql: Queryable, cut: AccountCut, value_date: string): Promise<bigint> {
  const [balance = 0n] = await balancesAsOf(sql, { ...cut, accounts: [cut] }, value_date)
  return balance
}

/**
 * The balances of accounts, in their order, as of a value date: of the entries of the cut, those with a value date up to it. It is the running balance
 * of the last one booked up to that date, without those whose value comes later, with those booked later whose value came before. Days that are
 * written down answer by their sums; entries are read of one day, or two while a day is being closed.
 */
export async function balancesAsOf(sql: Queryable, cuts: AccountCuts, value_date: string): Promise<bigint[]> {
  const { open_from, last_day } = cuts
  const last_booked = value_date < last_day ? value_date : last_day
  const rows = await sql<{ balance_cents: bigint }[]>`
    with wanted as materialized (${partsOf(sql, cuts)}),
    shifted as (
      select s.ledger_account_id as id, sum(case when s.business_date <= ${value_date}::date then s.credits - s.debits else s.debits - s.credits end) as change
      from generate_series(0, ${REACHES - 1}) as near (reach)
      cross join lateral (
        select ledger_account_id, business_date, debits, credits from shifted_balances
        where ${ofAccounts(sql, cuts.accounts)} and reach = near.reach
          and low > ${value_date}::date - least(2 << near.reach, ${value_date}::date - '0001-01-01'::date + 1)
          and low <= ${value_date}::date and high > ${value_date}::date and business_date < ${open_from}::date
        -- Each reach by itself: joined all at once, everything would be read.
        offset 0) s
      group by s.ledger_account_id)
    select (coalesce(
      (select balance_cents from entries
        where ${open_from}::date <= ${last_booked}::date and ledger_account_id = w.id and sequence > w.written and sequence <= w.sequence
          and ${fromMonthOf(sql, open_from)} and business_date <= ${last_booked}::date
        order by sequence desc limit 1),
      (select closing_cents from daily_balances
        where ledger_account_id = w.id and business_date < ${open_from}::date and business_date <= ${value_date}::date
        order by business_date desc limit 1), 0)
    + coalesce((
        select sum(case when business_date <= ${value_date}::date then -signed_cents else signed_cents end) from entries
        where ledger_account_id = w.id and sequence > w.written and sequence <= w.sequence
          and ${fromMonthOf(sql, open_from)} and business_date <= ${last_day}::date
          and value_date <> business_date and (business_date <= ${value_date}::date) <> (value_date <= ${value_date}::date)), 0)
    + w.sign * coalesce(shifted.change, 0))::int8 as balance_cents
    from wanted w left join shifted using (id) order by w.place`
  return rows.map((row) => row.balance_cents)
}

/** Rows of accounts. All the ids are told, so that the planner knows how many rows a lesser index than the right one would give. */
export function ofAccounts(sql: Queryable, accounts: readonly Pick<AccountPart, 'ledger_account_id'>[]) {
  return sql`ledger_account_id = any(${arrayLiteral(accounts.map((one) => one.ledger_account_id))}::uuid[])`
}

/** The accounts of cuts: `id`, `sequence`, `sign` of a debit, the last sequence that is `written` down, `place` among them. */
export function partsOf(sql: Queryable, { accounts, open_from }: AccountCuts) {
  return sql`
    select part.*, coalesce((
      select last_sequence from daily_balances where ledger_account_id = part.id and business_date < ${open_from}::date
      order by business_date desc limit 1), 0) as written
    from unnest(${arrayLiteral(accounts.map((one) => one.ledger_account_id))}::uuid[],
      ${arrayLiteral(accounts.map((one) => one.sequence))}::bigint[],
      ${arrayLiteral(accounts.map((one) => (one.normal_side === 'DEBIT' ? 1 : -1)))}::int[]) with ordinality as part (id, sequence, sign, place)`
}

/** The last of an account's entries that stand on days that are written down: those of open days come after it. */
export function lastWritten(sql: Queryable, { ledger_account_id: id, open_from }: AccountCut) {
  return sql`
    select coalesce((
      select last_sequence from daily_balances where ledger_account_id = ${id} and business_date < ${open_from}::date
      order by business_date desc limit 1), 0) as last_sequence`
}
