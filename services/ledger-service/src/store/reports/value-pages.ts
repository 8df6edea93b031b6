import { Problem } from '#libs/problem/problem.ts'
import type { Queryable } from '#libs/sql/database.ts'
import { dayFrom, FIRST_DATE, isDate, LAST_DATE } from '../../domain/value-dates.ts'
import { problems } from '../../problems.ts'
import type { LedgerAccountRow } from '../../tables.ts'
import { arrayLiteral } from '../array-literal.ts'
import { fromMonthOf } from '../entry-months.ts'
import { type AccountCut, accountBalanceAsOf, lastWritten } from './account-as-of.ts'
import { type EntryRow, entryReply, type HistoryQuery } from './entry-pages.ts'
import { openDays } from './gl-as-of.ts'

/** Dates that are looked for, and read, together at most where those before held too few entries: all of a day may have its value elsewhere. */
const [DATES_AT_MOST, DAYS_AT_ONCE] = [1_000, 64]
const CURSOR = /^(before|after)\.(\d{4}-\d\d-\d\d)\.(\d{1,15})\.(-?\d{1,16})$/

/** A place in the order of value dates, and the balance there: a page goes on from it towards later or earlier values. */
interface Boundary {
  readonly isUpwards: boolean
  readonly value_date: string
  readonly sequence: number
  readonly balance: bigint
}

/** A page of an account's history in the order of value dates, then of booking; its running balance counts in that order. */
export async function valuePage(
  sql: Queryable,
  account: Pick<LedgerAccountRow, 'currency'>,
  cut: AccountCut,
  { from = FIRST_DATE, to = LAST_DATE, cursor, limit = 50, order }: HistoryQuery,
) {
  const isOldestFirst = order === 'oldest'
  const boundary = boundaryIn(cursor) ?? (await firstBoundary(sql, cut, { from, to, isOldestFirst }))
  const { isUpwards } = boundary
  const found = await entriesFrom(sql, cut, boundary, { from, to, limit: limit + 1 })
  let balance = boundary.balance
  const walked = found.slice(0, limit).map((row) => {
    if (isUpwards) balance += row.signed_cents
    const balance_cents = balance
    if (!isUpwards) balance -= row.signed_cents
    return { ...row, balance_cents }
  })
  const rising = isUpwards ? walked : walked.toReversed()
  const [first, last] = [rising[0], rising.at(-1)]
  const hasMore = found.length > limit
  const earlier =
    first !== undefined && (isUpwards ? cursor !== undefined : hasMore)
      ? `before.${first.value_date}.${first.sequence}.${first.balance_cents - first.signed_cents}`
      : null
  const later =
    last !== undefined && (isUpwards ? hasMore : cursor !== undefined)
      ? `after.${last.value_date}.${last.sequence}.${last.balance_cents}`
      : null
  const items = (isOldestFirst ? rising : rising.toReversed()).map((row) => entryReply(row, account, cut))
  return isOldestFirst
    ? { items, next_cursor: later, previous_cursor: earlier }
    : { items, next_cursor: earlier, previous_cursor: later }
}

function boundaryIn(cursor: string | undefined): Boundary | undefined {
  if (cursor === undefined) return undefined
  const [, side, value_date = '', sequence, balance] = CURSOR.exec(cursor) ?? []
  if (side === undefined || !isDate(value_date)) throw new Problem(problems.CURSOR_WRONG)
  return { isUpwards: side === 'after', value_date, sequence: Number(sequence), balance: BigInt(balance as string) }
}

async function firstBoundary(
  sql: Queryable,
  cut: AccountCut,
  { from, to, isOldestFirst }: { from: string; to: string; isOldestFirst: boolean },
): Promise<Boundary> {
  if (!isOldestFirst)
    return {
      isUpwards: false,
      value_date: to,
      sequence: Number.MAX_SAFE_INTEGER,
      balance: await accountBalanceAsOf(sql, cut, to),
    }
  const balance = from === FIRST_DATE ? 0n : await accountBalanceAsOf(sql, cut, dayFrom(from, -1))
  return { isUpwards: true, value_date: from, sequence: 0, balance }
}

/** Entries beyond a boundary, in its direction: date by date, until there are enough. */
async function entriesFrom(
  sql: Queryable,
  cut: AccountCut,
  boundary: Boundary,
  { from, to, limit }: { from: string; to: string; limit: number },
): Promise<EntryRow[]> {
  const { isUpwards } = boundary
  const next = (some: number) => Math.min(4 * some, Math.max(limit, DAYS_AT_ONCE))
  const rows: EntryRow[] = []
  let near = boundary.value_date
  for (let most = limit; rows.length < limit && near >= from && near <= to; most = Math.min(4 * most, DATES_AT_MOST)) {
    const dates = await valueDates(sql, cut, { near, isUpwards, limit: most })
    const wanted = dates.filter((date) => date >= from && date <= to)
    // One date of a busy account may hold the page; of a quiet one many do, so more are asked for at a time.
    for (let i = 0, some = 1; i < wanted.length && rows.length < limit; i += some, some = next(some))
      rows.push(...(await entriesOn(sql, cut, wanted.slice(i, i + some), { boundary, limit: limit - rows.length })))
    const last = dates.at(-1)
    if (last === undefined || dates.length < most || last === LAST_DATE || last === FIRST_DATE) break
    near = dayFrom(last, isUpwards ? 1 : -1)
  }
  return rows
}

/** Dates from one on, it included, that entries of the cut may have as their value date. */
async function valueDates(
  sql: Queryable,
  cut: AccountCut,
  { near, isUpwards, limit }: { near: string; isUpwards: boolean; limit: number },
): Promise<string[]> {
  const { ledger_account_id: id, open_from, last_day, sequence } = cut
  const [beyond, direction] = isUpwards ? [sql`>=`, sql`asc`] : [sql`<=`, sql`desc`]
  const days = arrayLiteral(openDays(cut))
  const rows = await sql<{ date: string }[]>`
    with written as (${lastWritten(sql, cut)})
    (select business_date as date from daily_balances
      where ledger_account_id = ${id} and business_date ${beyond} ${near}::date and business_date < ${open_from}::date
      order by business_date ${direction} limit ${limit})
    union
    (select distinct value_date from shifted_balances
      where ledger_account_id = ${id} and value_date ${beyond} ${near}::date and business_date < ${open_from}::date
      order by value_date ${direction} limit ${limit})
    union
    (select day from unnest(${days}::date[]) as open (day) where day ${beyond} ${near}::date)
    union
    (select distinct value_date from entries
      where ledger_account_id = ${id} and sequence > (select last_sequence from written) and sequence <= ${sequence}::bigint
        and ${fromMonthOf(sql, open_from)} and business_date <= ${last_day}::date
        and value_date <> business_date and value_date ${beyond} ${near}::date
      order by value_date ${direction} limit ${limit})
    order by date ${direction} limit ${limit}`
  return rows.map((row) => row.date)
}

/**
 * The entries of value dates beyond a boundary. On each business day that has some they are taken from where the boundary is, in its direction, until
 * there are enough: those with their value on the day itself from the key, those with another value from the index of such entries.
 */
async function entriesOn(
  sql: Queryable,
  cut: AccountCut,
  dates: readonly string[],
  { boundary, limit }: { boundary: Boundary; limit: number },
): Promise<EntryRow[]> {
  if (dates.length === 0) return []
  const direction = boundary.isUpwards ? sql`asc` : sql`desc`
  const columns = sql`e.sequence, e.ledger_transaction_id, e.ordinal, e.is_debit, e.signed_cents, e.balance_cents, e.value_date, e.business_date`
  const ofStretch = sql`
    e.ledger_account_id = stretch.id and e.sequence >= stretch.first and e.sequence <= stretch.last
      and e.business_date = stretch.business_date`
  const rows = await sql<EntryRow[]>`
    -- The id stands in each stretch, so that the planner, who knows it as that of a busy account, does not read a whole day for one.
    with stretch as materialized (select ${cut.ledger_account_id}::uuid as id, days.* from (${stretchesOf(sql, cut, dates, boundary)}) days),
    page as (
      select found.* from stretch cross join lateral (
        (select ${columns} from entries e
          where ${ofStretch} and e.value_date = e.business_date and stretch.date = stretch.business_date
          order by e.sequence ${direction} limit least(stretch.own, ${limit}))
        union all
        (select ${columns} from entries e
          where ${ofStretch} and e.value_date <> e.business_date and e.value_date = stretch.date and stretch.date <> stretch.business_date
          order by e.sequence ${direction} limit ${limit})) found
      order by value_date ${direction}, sequence ${direction} limit ${limit})
    select page.*, page.sequence::float8 as sequence, j.business_event, j.reference, j.description, j.booked_at
    from page cross join lateral (
      select business_event, reference, description, booked_at from journal_transactions j
      where j.ledger_transaction_id = page.ledger_transaction_id offset 0) j
    order by page.value_date ${direction}, page.sequence ${direction}`
  return Array.from(rows)
}

/**
 * Which business days have entries of value dates, and between which sequences beyond the boundary: days that are written down tell it, and how many
 * have their value on the day itself (`own`); of the days that are open, those after the last entry have none.
 */
function stretchesOf(
  sql: Queryable,
  cut: AccountCut,
  dates: readonly string[],
  { isUpwards, value_date, sequence: place }: Boundary,
) {
  const { ledger_account_id: id, open_from, last_day, sequence } = cut
  const [lowest, highest] = isUpwards ? [place + 1, sequence] : [1, place - 1]
  return sql`
    select date, business_date, own, case when date = ${value_date}::date then greatest(first, ${lowest}::bigint) else first end as first,
      case when date = ${value_date}::date then least(last, ${highest}::bigint) else last end as last
    from (
      select wanted.date, b.business_date, b.last_sequence - b.entry_count + 1 as first, b.last_sequence as last, b.entry_count - coalesce((
          select sum(entries) from shifted_balances s where s.ledger_account_id = ${id} and s.business_date = b.business_date), 0)::bigint as own
      from unnest(${arrayLiteral(dates)}::date[]) as wanted (date)
      cross join lateral (
        select wanted.date as day
        union all
        select s.business_date from shifted_balances s where s.ledger_account_id = ${id} and s.value_date = wanted.date) booked
      cross join lateral (
        select * from daily_balances d where d.ledger_account_id = ${id} and d.business_date = booked.day and d.business_date < ${open_from}::date
        offset 0) b
      union all
      select wanted.date, open.day, written.last_sequence + 1, ${sequence}::bigint, ${sequence}::bigint
      from unnest(${arrayLiteral(dates)}::date[]) as wanted (date)
      cross join unnest(${arrayLiteral(openDays(cut))}::date[]) as open (day)
      cross join (${lastWritten(sql, cut)}) written
      where open.day <= (
        select business_date from entries
        where ledger_account_id = ${id} and sequence = ${sequence}::bigint and business_date >= ${open_from}::date
          and business_date <= ${last_day}::date)) days`
}
