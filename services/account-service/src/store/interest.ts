import { listPeriods } from '#contracts/api/ledger-days.ts'
import type { Client } from '#libs/contract/client.ts'
import type { Queryable } from '#libs/sql/database.ts'
import { firstOfMonth } from '../domain/dates.ts'

/** What an account has earned in a month and was paid of it, in minor units. */
export interface MonthOfInterest {
  accrued_from: string
  accrued_to: string
  accrued_cents: bigint
  paid_cents: bigint
}

/** The last month in which the account accrued interest; undefined when it never did. */
export async function lastMonth(sql: Queryable, account_id: string): Promise<MonthOfInterest | undefined> {
  const [last] = await sql<{ business_date: string; accrued_cents: bigint }[]>`
    select business_date, accrued_cents from interest_accruals where account_id = ${account_id}
    order by business_date desc limit 1`
  if (last === undefined) return undefined
  const first = firstOfMonth(last.business_date)
  const [rest] = await sql<{ accrued_from: string; paid_cents: bigint }[]>`
    select (select min(business_date) from interest_accruals where account_id = ${account_id} and business_date >= ${first}) as accrued_from,
      (select coalesce(sum(amount_cents), 0)::int8 from interest_postings
        where kind = 'PAYMENT' and account_id = ${account_id} and business_date >= ${first}) as paid_cents`
  const { accrued_from, paid_cents } = rest as { accrued_from: string; paid_cents: bigint }
  return { accrued_from, accrued_to: last.business_date, accrued_cents: last.accrued_cents, paid_cents }
}

/** True while something that was earned is not on the account: not paid, or paid on paper only. Earlier months were paid at their ends. */
export async function isInterestOwed(sql: Queryable, account_id: string): Promise<boolean> {
  const open = await sql`
    select 1 from interest_postings
    where kind = 'PAYMENT' and account_id = ${account_id} and ledger_transaction_id is null limit 1`
  if (open.length > 0) return true
  const month = await lastMonth(sql, account_id)
  return month !== undefined && month.accrued_cents > month.paid_cents
}

/**
 * True while a business day is being closed on which this account may still earn: it ended with what it held then, and its interest comes a
 * moment later. An account that never earned is not waited for.
 */
export async function isDayOutstanding(sql: Queryable, account_id: string, { call }: Client): Promise<boolean> {
  const earning = await sql`
    select 1 from accounts a join products p using (product_id)
    where a.account_id = ${account_id} and a.status not in ('PENDING', 'CLOSED')
      and (p.interest_rate_ppm > 0 or exists (select 1 from interest_accruals i where i.account_id = a.account_id))`
  if (earning.length === 0) return false
  const { items } = await call(listPeriods, { query: { limit: 2 } })
  return items.some(({ status }) => status === 'CLOSING')
}
