import { getClosingBalances, postTransaction } from '#contracts/api/ledger.ts'
import type { Client } from '#libs/contract/client.ts'
import { newId } from '#libs/ids/ids.ts'
import { invariant } from '#libs/problem/problem.ts'
import type { Database, Queryable, Tx } from '#libs/sql/database.ts'
import { textArray } from '#libs/sql/text-array.ts'
import { firstOfMonth } from '../domain/dates.ts'
import { accrueDay } from '../domain/interest.ts'
import type { AccrualRow, InterestPostingRow } from '../tables.ts'

/**
 * How a day is accrued at most once although two databases take part: what accrues on a page of accounts is written down in one transaction
 * with the posting that it makes in the books; the ledger is told each posting under its own id, which it carries out once for ever; then it
 * is recorded that it was. Whatever is killed and repeated finds the rows there and tells the ledger again.
 */
export const PAGE_OF_ACCOUNTS = 300

/** An account that earns interest. */
export interface EarningAccount {
  account_id: string
  currency: string
  rate_ppm: number
}

/**
 * The next accounts that earn interest on a day, or did in its month; after the account of the cursor. Read from the products that pay interest
 * and from the days of the month, a page of each, so that a page costs the same however many accounts earn none.
 */
export async function earningAccounts(
  sql: Queryable,
  business_date: string,
  after: string | null,
): Promise<EarningAccount[]> {
  const cursor = after ?? '00000000-0000-0000-0000-000000000000'
  const first = firstOfMonth(business_date)
  const isOpen = sql`a.status in ('ACTIVE', 'FROZEN', 'DORMANT') and a.opened_date <= ${business_date}`
  const rows = await sql<EarningAccount[]>`
    with earning as (
      select one.account_id from products p cross join lateral (
        select a.account_id from accounts a
        where (a.product_id, a.account_id) > (p.product_id, ${cursor}::uuid)
          and (a.product_id, a.account_id) <= (p.product_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid) and ${isOpen}
        order by a.product_id, a.account_id limit ${PAGE_OF_ACCOUNTS}) one
      where p.interest_rate_ppm > 0
    ), earned as (
      select one.account_id from generate_series(${first}::date::timestamp, ${business_date}::date::timestamp, interval '1 day') as day (at) cross join lateral (
        select i.account_id from interest_accruals i cross join lateral (
          select 1 from accounts a where a.account_id = i.account_id and ${isOpen} offset 0) a
        where i.business_date = day.at::date and i.account_id > ${cursor}::uuid
        order by i.account_id limit ${PAGE_OF_ACCOUNTS}) one
    )
    select a.account_id, a.currency, p.interest_rate_ppm as rate_ppm
    from (select account_id from earning union select account_id from earned order by account_id limit ${PAGE_OF_ACCOUNTS}) page
    cross join lateral (select * from accounts a where a.account_id = page.account_id offset 0) a join products p using (product_id)
    order by a.account_id`
  return [...rows]
}

/** Writes down the accruals of a day, and what they come to in the books by currency. Accounts that have theirs already are left as they are. */
export async function accrue(
  accounts: readonly EarningAccount[],
  business_date: string,
  { client, database, at }: { client: Client; database: Database; at: Date },
): Promise<void> {
  const known = await accruedAmong(database.app, accounts, business_date)
  const due = accounts.filter(({ account_id }) => !known.has(account_id))
  if (due.length === 0) return
  const ledger_account_ids = due.map(({ account_id }) => account_id)
  const { items } = await client.call(getClosingBalances, { body: { business_date, ledger_account_ids } })
  const balances = new Map(items.map((one) => [one.ledger_account_id, one.balance_cents]))
  await database.transact((tx) => recordAccruals(tx, due, { business_date, balances, at }))
}

async function accruedAmong(
  sql: Queryable,
  accounts: readonly EarningAccount[],
  business_date: string,
): Promise<Set<string>> {
  const rows = await sql<{ account_id: string }[]>`
    select account_id from interest_accruals
    where business_date = ${business_date} and account_id = any(${accounts.map((one) => one.account_id)}::uuid[])`
  return new Set(rows.map((row) => row.account_id))
}

interface Day {
  business_date: string
  balances: ReadonlyMap<string, bigint>
  at: Date
}

async function recordAccruals(tx: Tx, accounts: readonly EarningAccount[], day: Day): Promise<void> {
  const open = await lockStillOpen(tx, accounts)
  const before = await monthsBefore(tx, open, day.business_date)
  const rows = open.map(({ account_id, rate_ppm }): AccrualRow => {
    const balance_cents = day.balances.get(account_id) ?? 0n
    const sum = BigInt(before.get(account_id)?.month_sum ?? '0')
    const { month_sum, accrued_cents } = accrueDay(sum, { balance_cents, rate_ppm })
    const { business_date } = day
    return { account_id, business_date, balance_cents, rate_ppm, month_sum: month_sum.toString(), accrued_cents }
  })
  const added = await insertAccruals(tx, rows)
  const totals = new Map<string, bigint>()
  const currencies = new Map(accounts.map((one) => [one.account_id, one.currency]))
  for (const row of rows.filter(({ account_id }) => added.has(account_id))) {
    const currency = currencies.get(row.account_id) as string
    const rise = row.accrued_cents - (before.get(row.account_id)?.accrued_cents ?? 0n)
    totals.set(currency, (totals.get(currency) ?? 0n) + rise)
  }
  for (const [currency, amount_cents] of totals)
    if (amount_cents > 0n)
      await insertPosting(tx, {
        kind: 'ACCRUAL',
        business_date: day.business_date,
        currency,
        amount_cents,
        account_id: null,
        at: day.at,
      })
}

/** Locks the accounts that are not closed, nor being closed just now: what those have earned is counted and paid. */
async function lockStillOpen(tx: Tx, accounts: readonly EarningAccount[]): Promise<EarningAccount[]> {
  const ids = accounts.map(({ account_id }) => account_id)
  const rows = await tx<{ account_id: string }[]>`
    select account_id from accounts where account_id = any(${ids}::uuid[]) and status <> 'CLOSED'
    order by account_id for update`
  const closing = await tx<{ account_id: string }[]>`
    select account_id from state_commands where account_id = any(${ids}::uuid[]) and command = 'CLOSE'`
  const open = new Set(rows.map((row) => row.account_id))
  for (const { account_id } of closing) open.delete(account_id)
  return accounts.filter(({ account_id }) => open.has(account_id))
}

/** The month of each account up to the day before. */
async function monthsBefore(
  tx: Tx,
  accounts: readonly EarningAccount[],
  business_date: string,
): Promise<Map<string, AccrualRow>> {
  const rows = await tx<AccrualRow[]>`
    select distinct on (account_id) account_id, month_sum::text as month_sum, accrued_cents from interest_accruals
    where account_id = any(${accounts.map((one) => one.account_id)}::uuid[])
      and business_date >= ${firstOfMonth(business_date)} and business_date < ${business_date}
    order by account_id, business_date desc`
  return new Map(rows.map((row) => [row.account_id, row]))
}

async function insertAccruals(tx: Tx, rows: readonly AccrualRow[]): Promise<Set<string>> {
  const column = (pick: (row: AccrualRow) => unknown): string => textArray(rows.map((row) => String(pick(row))))
  const added = await tx<{ account_id: string }[]>`
    insert into interest_accruals (account_id, business_date, balance_cents, rate_ppm, month_sum, accrued_cents)
    select * from unnest(${column((row) => row.account_id)}::uuid[], ${column((row) => row.business_date)}::date[],
      ${column((row) => row.balance_cents)}::int8[], ${column((row) => row.rate_ppm)}::int[], ${column((row) => row.month_sum)}::numeric[],
      ${column((row) => row.accrued_cents)}::int8[])
    on conflict do nothing returning account_id`
  return new Set(added.map((row) => row.account_id))
}

type NewPosting = Omit<InterestPostingRow, 'posting_id' | 'ledger_transaction_id' | 'created_at'> & { at: Date }

async function insertPosting(tx: Tx, { at, ...posting }: NewPosting): Promise<void> {
  await tx`
    insert into interest_postings ${tx({ posting_id: newId(), ...posting, ledger_transaction_id: null, created_at: at })}
    on conflict do nothing`
}

/** Writes down what accounts are paid of what they have earned in the month of a day and were not paid yet. */
export async function recordPayments(
  tx: Tx,
  accounts: readonly Pick<EarningAccount, 'account_id' | 'currency'>[],
  { business_date, at }: { business_date: string; at: Date },
): Promise<void> {
  const ids = accounts.map(({ account_id }) => account_id)
  await tx`select 1 from accounts where account_id = any(${ids}::uuid[]) order by account_id for update`
  const first = firstOfMonth(business_date)
  const rows = await tx<{ account_id: string; currency: string; amount_cents: bigint }[]>`
    select i.account_id, a.currency, i.accrued_cents - coalesce(paid.amount_cents, 0) as amount_cents
    from (
      select distinct on (account_id) account_id, accrued_cents from interest_accruals
      where account_id = any(${ids}::uuid[]) and business_date >= ${first} and business_date <= ${business_date}
      order by account_id, business_date desc
    ) i
    join accounts a using (account_id)
    left join (
      select account_id, sum(amount_cents)::int8 as amount_cents from interest_postings
      where kind = 'PAYMENT' and account_id = any(${ids}::uuid[]) and business_date >= ${first} and business_date <= ${business_date}
      group by account_id
    ) paid using (account_id)
    where i.accrued_cents > coalesce(paid.amount_cents, 0) and a.status <> 'CLOSED'
      and not exists (select 1 from state_commands c where c.account_id = i.account_id and c.command = 'CLOSE')
    order by i.account_id`
  for (const row of rows) await insertPosting(tx, { kind: 'PAYMENT', business_date, ...row, at })
}

/** What is written down and not in the books yet: the accruals of a day, and payments of the accounts given, of earlier days too. */
export async function openPostings(
  sql: Queryable,
  business_date: string,
  account_ids: readonly string[],
): Promise<InterestPostingRow[]> {
  const rows = await sql<InterestPostingRow[]>`
    select * from interest_postings
    where ledger_transaction_id is null and business_date <= ${business_date}
      and (kind = 'ACCRUAL' and business_date = ${business_date} or account_id = any(${[...account_ids]}::uuid[]))
    order by kind, posting_id`
  return [...rows]
}

/** A posting with what the ledger said of it: its transaction, or the code of its refusal. */
export type ToldPosting = { posting: InterestPostingRow } & (
  | { ledger_transaction_id: string }
  | { refusal_code: string }
)

/**
 * Tells the ledger postings, each under its own id; told again, they are booked once. A payment may be refused (an account that can take no
 * more): that is its own account's affair, and stops no other's. An accrual moves the bank's own accounts only, and is never refused.
 */
export async function tellPostings(
  postings: readonly InterestPostingRow[],
  { callMany }: Pick<Client, 'callMany'>,
): Promise<ToldPosting[]> {
  const verdicts = await callMany(
    postTransaction,
    postings.map((posting) => ({ body: commandOf(posting) })),
  )
  return verdicts.map((verdict, i) => {
    const posting = postings[i] as InterestPostingRow
    if (verdict.problem !== undefined) {
      const { code } = verdict.problem.kind
      if (posting.kind !== 'PAYMENT' || !REFUSALS.includes(code)) throw verdict.problem
      return { posting, refusal_code: code }
    }
    invariant(verdict.reply !== undefined, `the ledger says nothing of ${posting.posting_id}`)
    return { posting, ledger_transaction_id: verdict.reply.ledger_transaction_id }
  })
}

const REFUSALS: readonly string[] = postTransaction.problems

function commandOf({ posting_id, kind, business_date, currency, amount_cents, account_id }: InterestPostingRow) {
  const isAccrual = kind === 'ACCRUAL' || account_id === null
  const month = business_date.slice(0, 7)
  return {
    transaction_id: posting_id,
    step: isAccrual ? 'accrue' : 'pay',
    business_event: isAccrual ? 'INTEREST_ACCRUAL' : 'INTEREST',
    reference: isAccrual ? `INT-${business_date}` : `INT-${month}`,
    description: isAccrual ? `Interest accrued on ${business_date}` : `Interest ${month}`,
    currency,
    postings: [
      isAccrual
        ? { debit: 'INTEREST_EXPENSE' as const, credit: 'INTEREST_PAYABLE' as const, amount_cents }
        : { debit: 'INTEREST_PAYABLE' as const, credit: account_id, amount_cents },
    ],
    value_date: business_date,
  }
}

/**
 * Records what the ledger said. A refusal stands for ever under the id that was refused, so what it refused gets another one, under which it is
 * told again on the next day.
 */
export async function recordTold(tx: Tx, told: readonly ToldPosting[]): Promise<void> {
  const booked = told.flatMap((one) => ('refusal_code' in one ? [] : [one]))
  const refused = told.filter((one) => 'refusal_code' in one)
  if (booked.length > 0)
    await tx`
      update interest_postings p set ledger_transaction_id = b.ledger_transaction_id
      from unnest(${textArray(booked.map(({ posting }) => posting.posting_id))}::uuid[],
        ${textArray(booked.map((one) => one.ledger_transaction_id))}::uuid[]) as b (posting_id, ledger_transaction_id)
      where p.posting_id = b.posting_id`
  if (refused.length > 0)
    await tx`
      update interest_postings p set posting_id = r.next_id
      from unnest(${textArray(refused.map(({ posting }) => posting.posting_id))}::uuid[],
        ${textArray(refused.map(() => newId()))}::uuid[]) as r (posting_id, next_id)
      where p.posting_id = r.posting_id and p.ledger_transaction_id is null`
}
