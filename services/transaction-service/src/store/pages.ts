import type { Static } from 'typebox'
import type { Transaction } from '#contracts/api/transaction.ts'
import { type Id, isId } from '#libs/ids/ids.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { Queryable } from '#libs/sql/database.ts'
import type { Filters, Scope } from '../domain/search.ts'
import { queryOf } from '../domain/words.ts'
import { problems } from '../problems.ts'
import type { View } from '../seen-by.ts'
import type { TransactionRow } from '../tables.ts'
import { transactionColumns } from './transactions.ts'

/** What a list shows, and from where on. */
export interface PageWish extends Filters {
  scope: Scope
  /** A customer's own accounts: what comes from any other is shown once it has come. Null shows everything. */
  own_account_ids: readonly Id[] | null
  limit?: number | undefined
  cursor?: string | undefined
}

interface Page {
  items: Static<typeof Transaction>[]
  next_cursor: string | null
}

const DEFAULT_LIMIT = 50
/** A page looks at no more rows than this for those that its filters let through, so no list ever scans the bank. */
const MAX_EXAMINED = 5_000
/** Rows beyond a page's own that one without filters looks at: its other side, and what has not come yet, are passed over. */
const SPARE = 50
const AFTER_ALL = { transaction_id: 'ffffffff-ffff-ffff-ffff-ffffffffffff', value_date: '9999-12-31' }

/** The last row that was looked at: pages of days go by value date, all others by id alone. */
interface Place {
  transaction_id: Id
  value_date: string
}

type Found = Partial<TransactionRow> & { examined: number; last_id: Id | null; last_date: string | null }

/**
 * A page of transactions, newest first. With filters a page may hold fewer than `limit` items, even none, and still have a next one: it has
 * then looked at as many rows as a page may. CURSOR_WRONG for a cursor that no list gave out.
 */
export async function pageOfTransactions(sql: Queryable, wish: PageWish, view: View): Promise<Page> {
  const { limit = DEFAULT_LIMIT } = wish
  const rows = await sql<Found[]>`${pageStatement(sql, wish)}`
  const found = rows.filter((row): row is TransactionRow & Found => row.transaction_id != null)
  const items = found.slice(0, limit)
  const last = items.at(-1)
  const [first] = rows
  const hasLookedEnough = first !== undefined && first.examined >= windowOf(wish)
  const lastLookedAt = hasLookedEnough
    ? { transaction_id: first.last_id as Id, value_date: first.last_date as string }
    : null
  const next = found.length > limit && last !== undefined ? last : lastLookedAt
  return { items: items.map(view.transaction), next_cursor: next === null ? null : cursorOf(next) }
}

/** The statement of a page: what is looked at, by an index, and what of it the filters let through. */
export function pageStatement(sql: Queryable, wish: PageWish) {
  const { limit = DEFAULT_LIMIT } = wish
  const order = wish.scope.kind === 'days' ? sql`value_date desc, transaction_id desc` : sql`transaction_id desc`
  return sql`
    with examined as materialized (${examinedBy(sql, wish)}),
    page as (
      select ${transactionColumns(sql)} from transactions t
      where transaction_id = any(array(${candidates(sql, wish)})) ${filters(sql, wish)} ${hasCome(sql, wish)}
      order by ${order} limit ${limit + 1}
    )
    select looked.*, page.*
    from (select count(*)::int as examined,
        (array_agg(transaction_id order by ${order}))[count(*)] as last_id,
        (array_agg(value_date order by ${order}))[count(*)] as last_date from examined) looked
    left join page on true
    order by ${order}`
}

function windowOf(wish: PageWish): number {
  const { limit = DEFAULT_LIMIT, status, transaction_type, min_amount_cents, max_amount_cents, words } = wish
  const narrowing = [status, transaction_type, min_amount_cents, max_amount_cents, words, wish.counter_account_id]
  return narrowing.some((filter) => filter !== undefined) ? MAX_EXAMINED : limit + 1 + SPARE
}

/** What a page looks at, each by an index: rows of the accounts, of the days, or those few that the scope names. */
function examinedBy(sql: Queryable, wish: PageWish) {
  const { scope, cursor } = wish
  const before = cursor === undefined ? AFTER_ALL : placeOf(cursor)
  const window = windowOf(wish)
  switch (scope.kind) {
    case 'accounts':
      return examinedOfAccounts(sql, wish, { account_ids: scope.account_ids, before, window })
    case 'days':
      return sql`
        select transaction_id, value_date from transactions
        where value_date between ${scope.from} and ${scope.to}
          and (value_date, transaction_id) < (${before.value_date}::date, ${before.transaction_id}::uuid)
        order by value_date desc, transaction_id desc limit ${window}`
    case 'reference':
      return sql`
        select transaction_id, value_date from transactions
        where transaction_ref = ${scope.transaction_ref} and transaction_id < ${before.transaction_id}::uuid limit ${window}`
    case 'approvals':
      return sql`
        select transaction_id, since::date as value_date from waiting_transactions
        where stage = 'AWAITING_APPROVAL' and transaction_id < ${before.transaction_id}::uuid
        order by transaction_id desc limit ${window}`
  }
}

/** The rows of every account by its index, newest first; a transfer between two of the accounts is seen once. */
function examinedOfAccounts(
  sql: Queryable,
  { from, to, words }: PageWish,
  { account_ids, before, window }: { account_ids: readonly Id[]; before: Place; window: number },
) {
  const days = sql`
    ${from === undefined ? sql`` : sql`and value_date >= ${from}`} ${to === undefined ? sql`` : sql`and value_date <= ${to}`}`
  // What the words let through is told apart among the rows looked at, so that a rare word never has a whole account read.
  const text = words === undefined ? sql`` : sql`, search_text`
  return sql`
    select distinct on (transaction_id) transaction_id, value_date ${text}
    from unnest(${account_ids as Id[]}::uuid[]) as account (id)
    cross join lateral (
      select transaction_id, value_date ${text} from transaction_search
      where account_id = account.id and transaction_id < ${before.transaction_id}::uuid ${days}
      order by transaction_id desc limit ${window}
    ) as side
    order by transaction_id desc limit ${window}`
}

/** What of the rows looked at may be shown, as far as the search's own rows say. */
function candidates(sql: Queryable, { scope, words }: PageWish) {
  if (scope.kind !== 'accounts' || words === undefined) return sql`select transaction_id from examined`
  if (words.length === 0) return sql`select transaction_id from examined where false`
  return sql`select transaction_id from examined where search_text @@ ${queryOf(words)}::tsquery`
}

/** Filters on what stands now. */
function filters(sql: Queryable, wish: PageWish) {
  const { status, transaction_type, min_amount_cents, max_amount_cents, from, to, words } = wish
  return sql`
    ${status === undefined ? sql`` : sql`and status = ${status}`}
    ${transaction_type === undefined ? sql`` : sql`and transaction_type = ${transaction_type}`}
    ${min_amount_cents === undefined ? sql`` : sql`and amount_cents >= ${min_amount_cents}`}
    ${max_amount_cents === undefined ? sql`` : sql`and amount_cents <= ${max_amount_cents}`}
    ${from === undefined ? sql`` : sql`and value_date >= ${from}`}
    ${to === undefined ? sql`` : sql`and value_date <= ${to}`}
    ${withCounterparty(sql, wish)}
    ${wish.scope.kind !== 'days' || words === undefined ? sql`` : withWords(sql, words)}`
}

/** The other side: seen from one of the accounts that are looked at, or from anywhere. */
function withCounterparty(sql: Queryable, { scope, counter_account_id }: PageWish) {
  if (counter_account_id === undefined) return sql``
  if (scope.kind !== 'accounts')
    return sql`and ${counter_account_id}::uuid in (source_account_id, destination_account_id)`
  const own = sql`any(${scope.account_ids as Id[]}::uuid[])`
  return sql`and (source_account_id = ${counter_account_id} and destination_account_id = ${own}
    or destination_account_id = ${counter_account_id} and source_account_id = ${own})`
}

function withWords(sql: Queryable, words: readonly string[]) {
  if (words.length === 0) return sql`and false`
  return sql`and exists (
    select 1 from transaction_search s
    where s.account_id = coalesce(t.source_account_id, t.destination_account_id) and s.transaction_id = t.transaction_id
      and s.search_text @@ ${queryOf(words)}::tsquery)`
}

/** As `isSeenByPayee` has it. */
function hasCome(sql: Queryable, { own_account_ids }: PageWish) {
  if (own_account_ids === null) return sql``
  return sql`and (source_account_id is null or status in ('COMPLETED', 'REVERSED')
    or source_account_id = any(${own_account_ids as Id[]}::uuid[]))`
}

function cursorOf({ transaction_id, value_date }: Place): string {
  return Buffer.from(`${value_date} ${transaction_id}`).toString('base64url')
}

function placeOf(cursor: string): Place {
  const [value_date = '', transaction_id = '', ...more] = Buffer.from(cursor, 'base64url').toString().split(' ')
  if (more.length > 0 || !isId(transaction_id) || !isDate(value_date))
    throw new Problem(problems.CURSOR_WRONG, {
      errors: [{ pointer: 'query/cursor', detail: problems.CURSOR_WRONG.title }],
    })
  return { transaction_id, value_date }
}

function isDate(text: string): boolean {
  const moment = new Date(text)
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(text)
}
