import { idFloor } from '#libs/ids/ids.ts'
import type { Queryable } from '#libs/sql/database.ts'
import { LAST_DATE } from '../domain/value-dates.ts'
import { arrayLiteral } from './array-literal.ts'
import { firstOpenDay } from './daily-books.ts'
import { fromMonthOf } from './entry-months.ts'

/** What transactions are looked for by; all that is given must be true. */
export interface Wanted {
  readonly metadata: Readonly<Record<string, string>>
  readonly transaction_id?: string | undefined
  readonly reference?: string | undefined
  readonly business_event?: string | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
  /** Older than this one. */
  readonly before?: string | undefined
  readonly limit: number
}

/** The ids found, newest first, and where the next page goes on; null at the end. */
export interface Found {
  readonly ids: string[]
  readonly next: string | null
}

/** Transactions that one page looks at where no index leads to them. */
const LOOKED_AT = 5_000
/** Ids of a day that is over were made before it was closed, but for a moment by which another instance's clock was ahead. */
const CLOCKS_APART_MS = 60_000
/** How long before its day an id may have been made: it waits to be booked, and the sandbox's clock may walk over days meanwhile. */
const MADE_BEFORE_MS = 31 * 86_400_000

/** By the saga's id or by metadata an index leads to them; else a bounded number is looked at, from the newest on. */
export async function searchTransactions(sql: Queryable, wanted: Wanted): Promise<Found> {
  const isIndexed = wanted.transaction_id !== undefined || Object.keys(wanted.metadata).length > 0
  return isIndexed ? searchIndexed(sql, wanted) : lookThrough(sql, wanted)
}

async function searchIndexed(sql: Queryable, wanted: Wanted): Promise<Found> {
  const { metadata, transaction_id, limit } = wanted
  const steps =
    transaction_id === undefined
      ? sql``
      : sql`and ledger_transaction_id = any(array(select resource_id from ledger_steps where transaction_id = ${transaction_id}))`
  const says = Object.keys(metadata).length === 0 ? sql`` : sql`and metadata @> ${metadata as never}::jsonb`
  const rows = await sql<{ id: string }[]>`
    select ledger_transaction_id as id from journal_transactions
    where true ${steps} ${says} ${narrowed(sql, wanted)} ${fitting(sql, wanted)}
    order by ledger_transaction_id desc limit ${limit + 1}`
  const ids = rows.slice(0, limit).map((row) => row.id)
  return { ids, next: rows.length > limit ? (ids.at(-1) ?? null) : null }
}

/**
 * An id is made before its transaction waits for its locks, so that some booked on the first day wanted have ids of the day before: looking goes on
 * below that day until a whole page of older ones holds none.
 */
async function lookThrough(sql: Queryable, wanted: Wanted): Promise<Found> {
  const { from, limit } = wanted
  const upTo = await lastIdOf(sql, wanted.to)
  const isNear = from === undefined ? sql`true` : sql`business_date >= ${from} or id >= ${firstIdAt(Date.parse(from))}`
  const [row] = await sql<{ ids: string[] | null; looked: number; last: string | null; is_near: boolean }[]>`
    with looked as materialized (
      select ledger_transaction_id as id, business_event, business_date, reference from journal_transactions
      where true ${narrowed(sql, wanted)} ${upTo === undefined ? sql`` : sql`and ledger_transaction_id <= ${upTo}`}
      order by ledger_transaction_id desc limit ${LOOKED_AT})
    select array(select id from looked where true ${fitting(sql, wanted)} order by id desc limit ${limit + 1}) as ids,
      (select count(*)::int from looked) as looked, (select id from looked order by id limit 1) as last,
      exists (select from looked where ${isNear}) as is_near`
  const found = row?.ids ?? []
  const ids = found.slice(0, limit)
  if (found.length > limit) return { ids, next: ids.at(-1) ?? null }
  return { ids, next: row?.looked === LOOKED_AT && row.is_near ? row.last : null }
}

/** What the ids themselves say: they sort by the bank clock, which the business date never runs ahead of. */
function narrowed(sql: Queryable, { before, from }: Wanted) {
  return sql`
    ${before === undefined ? sql`` : sql`and ledger_transaction_id < ${before}`}
    ${from === undefined ? sql`` : sql`and ledger_transaction_id >= ${firstIdAt(Date.parse(from) - MADE_BEFORE_MS)}`}`
}

function fitting(sql: Queryable, { reference, business_event, from, to }: Wanted) {
  return sql`
    ${reference === undefined ? sql`` : sql`and reference = ${reference}`}
    ${business_event === undefined ? sql`` : sql`and business_event = ${business_event}`}
    ${from === undefined ? sql`` : sql`and business_date >= ${from}`} ${to === undefined ? sql`` : sql`and business_date <= ${to}`}`
}

async function lastIdOf(sql: Queryable, to: string | undefined): Promise<string | undefined> {
  if (to === undefined) return undefined
  const [row] = await sql<{ closed_at: Date | null }[]>`
    select closed_at from periods where business_date >= ${to} order by business_date limit 1`
  return row?.closed_at ? firstIdAt(row.closed_at.getTime() + CLOCKS_APART_MS) : undefined
}

/** The smallest id of a moment; of one before 1970 the smallest there is. */
function firstIdAt(ms: number): string {
  return idFloor(Math.max(0, ms))
}

interface Touch {
  ledger_account_id: string
  ledger_transaction_id: string
  booked_at: Date
  business_date: string
  debit_account_ids: string[]
  credit_account_ids: string[]
  sequences: bigint[]
}

/** Where a page of what touched some accounts begins. */
export interface Places {
  /** In each account's history: below this sequence. */
  readonly below: ReadonlyMap<string, bigint>
  /** The business day of what was shown last: where looking for the days of the others begins. */
  readonly near: string
}

/**
 * What touched any of some accounts, newest first, each once: the next `limit` below a place in each account's history. Also the places below them, for
 * the next page; undefined at the end. Of days that are written down only those are looked into that hold the entries.
 */
export async function transactionsOfAccounts(
  sql: Queryable,
  places: Places,
  limit: number,
): Promise<{ ids: string[]; next: Places | undefined }> {
  const first_open = await firstOpenDay(sql)
  // An account whose newest one is older than those of enough others has nothing on this page, so its history is not read.
  const touches = await sql<Touch[]>`
    with heads as materialized (${headsOf(sql, places, first_open)}),
    enough as (
      select booked_at, ledger_transaction_id from heads group by booked_at, ledger_transaction_id
      order by booked_at desc, ledger_transaction_id desc offset ${limit} limit 1)
    select heads.id as ledger_account_id, j.ledger_transaction_id, j.booked_at, j.business_date, j.debit_account_ids, j.credit_account_ids, j.sequences
    from heads
    cross join lateral (
      select business_date as since, business_date as until, last_sequence - entry_count as after, last_sequence as last from (
        select * from daily_balances d
        where d.ledger_account_id = heads.id and d.business_date <= heads.business_date and d.business_date < ${first_open}::date
        order by d.business_date desc limit ${limit + 1}) written
      where last_sequence >= heads.sequence - ${limit}
      union all
      select date_trunc('month', ${first_open}::date)::date, heads.business_date, heads.written, heads.sequence
      where heads.business_date >= ${first_open}::date) days
    cross join lateral (
      select ledger_transaction_id from entries
      where ledger_account_id = heads.id and sequence > greatest(days.after, heads.sequence - ${limit + 1}) and sequence <= least(days.last, heads.sequence)
        and business_date >= days.since and business_date <= days.until
      offset 0) e
    cross join lateral (
      select * from journal_transactions where ledger_transaction_id = e.ledger_transaction_id offset 0) j
    where not exists (
      select from enough where (enough.booked_at, enough.ledger_transaction_id) > (heads.booked_at, heads.ledger_transaction_id))`
  const byId = new Map(touches.map((touch) => [touch.ledger_transaction_id, touch]))
  const newest = [...byId.values()].sort(
    (a, b) =>
      b.booked_at.getTime() - a.booked_at.getTime() || (a.ledger_transaction_id < b.ledger_transaction_id ? 1 : -1),
  )
  const taken = newest.slice(0, limit)
  const below = new Map(places.below)
  for (const touch of taken) lower(below, touch)
  const near = taken.at(-1)?.business_date ?? places.near
  const ids = taken.map((touch) => touch.ledger_transaction_id)
  return { ids, next: newest.length > limit ? { below, near } : undefined }
}

/**
 * The newest entry of each account below its place: of the open days, or of the one written day that holds its sequence. That day is at `near` or before
 * it, but where clocks differed when it was booked.
 */
function headsOf(sql: Queryable, { below, near }: Places, first_open: string) {
  const dayOf = (upTo: string) => sql`
    (select business_date from daily_balances d
      where d.ledger_account_id = wanted.id and d.business_date < ${first_open}::date and d.business_date <= ${upTo}::date
        and d.last_sequence >= wanted.below - 1 and d.last_sequence - d.entry_count < wanted.below - 1
      order by d.business_date desc limit 1)`
  return sql`
    select wanted.id, written.last_sequence as written, e.sequence, e.business_date, j.ledger_transaction_id, j.booked_at
    from unnest(${arrayLiteral([...below.keys()])}::uuid[], ${arrayLiteral([...below.values()])}::bigint[]) as wanted (id, below)
    cross join lateral (
      select max(business_date) as business_date, coalesce(max(last_sequence), 0) as last_sequence from (
        select business_date, last_sequence from daily_balances d
        where d.ledger_account_id = wanted.id and d.business_date < ${first_open}::date order by d.business_date desc limit 1) newest) written
    cross join lateral (
      select ledger_transaction_id, sequence, business_date from (
        (select ledger_transaction_id, sequence, business_date from entries
          where ledger_account_id = wanted.id and sequence > written.last_sequence and sequence < wanted.below and ${fromMonthOf(sql, first_open)}
          order by sequence desc limit 1)
        union all
        (select ledger_transaction_id, sequence, business_date from entries
          where ledger_account_id = wanted.id and sequence = least(wanted.below - 1, written.last_sequence)
            and business_date = case when wanted.below > written.last_sequence then written.business_date else coalesce(${dayOf(near)}, ${dayOf(LAST_DATE)}) end)
        ) of_days
      order by sequence desc limit 1) e
    cross join lateral (
      select ledger_transaction_id, booked_at from journal_transactions
      where ledger_transaction_id = e.ledger_transaction_id offset 0) j
    where wanted.below > 1`
}

/** Puts the places of the accounts that a transaction touched below all its entries. */
function lower(places: Map<string, bigint>, { debit_account_ids, credit_account_ids, sequences }: Touch): void {
  for (const [i, sequence] of sequences.entries()) {
    const id = (i % 2 === 0 ? debit_account_ids : credit_account_ids)[i >> 1] as string
    const place = places.get(id)
    if (place !== undefined && sequence < place) places.set(id, sequence)
  }
}
