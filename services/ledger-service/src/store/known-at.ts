import { Problem } from '#libs/problem/problem.ts'
import type { Queryable } from '#libs/sql/database.ts'
import { type CutDays, daysOfCut } from '../domain/value-dates.ts'
import { problems } from '../problems.ts'
import { arrayLiteral } from './array-literal.ts'
import { firstOpenDay } from './daily-books.ts'
import { findPlaces } from './seals/places.ts'

/** What of the books was known at a moment: everything up to a seal. It never changes, whatever is booked afterwards. */
export interface KnownAt {
  /** 0: nothing was booked yet. */
  readonly seal_no: number
  readonly tree_size: number
  /** When the seal was made, by the bank clock; null for seal 0. */
  readonly known_at: Date | null
  /** Moments up to here can be asked for; null while nothing is sealed. */
  readonly horizon: Date | null
  /** The business day of the seal's last transactions. */
  readonly business_date: string | null
  /** The last business day before it: all that was ever booked under it, and the days before, is known. */
  readonly whole_date: string | null
}

/** Up to which seal the books are known, and the days that it knows. */
export type SealedDays = Pick<KnownAt, 'seal_no' | 'business_date' | 'whole_date'>

/**
 * What was known at a moment of the bank clock; now, unless told. BEYOND_HORIZON for a moment that more may still be sealed for, and
 * BEFORE_FIRST_SEAL for one before the books of an older bank were sealed.
 */
export async function resolveKnownAt(sql: Queryable, moment?: Date): Promise<KnownAt> {
  const [row] = await sql<(KnownAt & { known_from: Date | null; is_catching_up: boolean })[]>`
    select coalesce(l.seal_no, 0)::float8 as seal_no, coalesce(l.first_leaf + l.leaf_count, 0)::float8 as tree_size,
      l.sealed_at as known_at, s.horizon, l.business_date, whole.business_date as whole_date, s.known_from, s.is_catching_up
    from seal_state s
    left join lateral (
      select * from seals ${moment === undefined ? sql`` : sql`where sealed_at <= ${moment}`} order by sealed_at desc limit 1) l on true
    left join lateral (${wholeDay(sql)}) whole on true`
  if (row === undefined) throw new Error('the sealer has no state')
  const { known_from, is_catching_up, ...known } = row
  if (moment === undefined) return known
  if (known.horizon === null || moment > known.horizon)
    throw new Problem(problems.BEYOND_HORIZON, {
      detail: `What is known is settled up to ${known.horizon?.toISOString() ?? 'no moment yet'}`,
      extra: { horizon: known.horizon?.toISOString() ?? null },
    })
  if (is_catching_up || (known_from !== null && moment < known_from))
    throw new Problem(problems.BEFORE_FIRST_SEAL, {
      detail: `The books are sealed since ${known_from?.toISOString() ?? 'a moment that is still to come'}`,
    })
  return known
}

/** The last business day before that of seal `l` which is wholly within it. */
function wholeDay(sql: Queryable) {
  return sql`
    -- In books from before events got their positions in the order of writing, a day may have been told partly after the next one: not whole yet.
    select business_date from (
      select business_date from seals where business_date < l.business_date order by business_date desc limit 1) one
    where not exists (select from seals b where b.business_date = one.business_date and b.seal_no > l.seal_no)`
}

/** Whether a seal knew all that was booked under a business day whose balances are written down: nothing of it is sealed afterwards. */
export async function knowsWholeDay(sql: Queryable, seal_no: number, business_date: string): Promise<boolean> {
  const [row] = await sql<{ is_whole: boolean }[]>`
    select not exists (select from seals where business_date = ${business_date}::date and seal_no > ${seal_no}) as is_whole`
  return row?.is_whole ?? false
}

/** What of the books one seal knew, by its number. */
export async function knownBySeal(sql: Queryable, seal_no: number): Promise<SealedDays> {
  const [row] = await sql<SealedDays[]>`
    select l.seal_no::float8 as seal_no, l.business_date, whole.business_date as whole_date
    from seals l left join lateral (${wholeDay(sql)}) whole on true where l.seal_no = ${seal_no}`
  if (row === undefined) throw new Error(`there is no seal ${seal_no}`)
  return row
}

/** Before the first day there is. */
const NEVER = '0001-01-01'

/** Which days of what is known are read entry by entry and seal by seal. */
export async function daysKnown(sql: Queryable, { business_date, whole_date }: SealedDays): Promise<CutDays> {
  if (business_date === null) return { open_from: NEVER, last_day: NEVER }
  return daysOfCut({ business_date, whole_date }, await firstOpenDay(sql))
}

/** Where the last entry of an account within a seal is looked for: `within` is, `beyond` is not, and what lies between is not known yet. */
interface Search {
  readonly id: string
  /** The last entry of the days that are wholly known. */
  readonly first: number
  within: number
  beyond: number
  /** How far the next step back goes; null once `within` is sure. */
  step: number | null
}

/**
 * The sequence of the last entry within a seal of each of some accounts; one that has none is left out. Ids of transactions rise along a history but
 * for what was decided at the same time, so the places are found by halves, from the last day that is written down and wholly within the seal on,
 * and made exact by the seals themselves.
 */
export async function cutsOf(
  sql: Queryable,
  ids: readonly string[],
  known: CutDays & Pick<KnownAt, 'seal_no'>,
): Promise<Map<string, number>> {
  if (known.seal_no === 0 || ids.length === 0) return new Map()
  const { open_from, last_day, seal_no } = known
  const found = await sql<{ id: string; first: number; at_most: number }[]>`
    with recursive sealed as materialized (select through_id from seals where seal_no = ${seal_no}),
    bounds as materialized (
      select a.ledger_account_id as id, a.entry_count as last, coalesce((
        select last_sequence from daily_balances b
        where b.ledger_account_id = a.ledger_account_id and b.business_date < ${open_from}::date
        order by business_date desc limit 1), 0) as first
      from unnest(${arrayLiteral(ids)}::uuid[]) as wanted (id) join ledger_accounts a on a.ledger_account_id = wanted.id),
    search as (
      select id, first as within, last + 1 as beyond from bounds
      union all
      select id, case when is_within then middle else within end, case when is_within then beyond else middle end
      from search
      cross join lateral (select (within + beyond) / 2 as middle) m
      cross join lateral (
        select coalesce((
          select e.ledger_transaction_id <= (select through_id from sealed) from entries e
          where e.ledger_account_id = search.id and e.sequence = middle
            and e.business_date >= ${open_from}::date and e.business_date <= ${last_day}::date), false) as is_within) e
      where beyond - within > 1)
    select b.id, b.first::float8 as first, max(s.within)::float8 as at_most from bounds b join search s using (id) group by b.id, b.first`
  const searches = found.map(({ id, first, at_most }) => ({ id, first, within: at_most, beyond: at_most + 1, step: 1 }))
  await makeExact(sql, searches, known)
  return new Map(searches.filter(({ within }) => within > 0).map(({ id, within }) => [id, within]))
}

/** Steps back from the last entry that may be within a seal, by growing steps, until one is; then forward again by halves: all accounts at once. */
async function makeExact(
  sql: Queryable,
  searches: readonly Search[],
  known: CutDays & Pick<KnownAt, 'seal_no'>,
): Promise<void> {
  const isOpen = ({ first, within, beyond, step }: Search) => (step === null ? beyond - within > 1 : within > first)
  for (let open = searches.filter(isOpen); open.length > 0; open = open.filter(isOpen)) {
    const asked = open.map((one) => (one.step === null ? Math.floor((one.within + one.beyond) / 2) : one.within))
    const sealed = await areWithin(sql, open, { ...known, asked })
    for (const [i, one] of open.entries()) {
      const place = asked[i] as number
      if (sealed[i] === true) {
        one.within = place
        one.step = null
        continue
      }
      one.beyond = place
      if (one.step === null) continue
      one.within = Math.max(one.first, place - one.step)
      one.step = one.within === one.first ? null : one.step * 2
    }
  }
}

/** Whether entries of accounts, each by its sequence, are sealed up to a seal. */
async function areWithin(
  sql: Queryable,
  accounts: readonly Pick<Search, 'id'>[],
  { open_from, last_day, seal_no, asked }: CutDays & { seal_no: number; asked: readonly number[] },
): Promise<boolean[]> {
  const rows = await sql<{ transaction_id: string | null }[]>`
    select (
      select ledger_transaction_id from entries
      where ledger_account_id = wanted.id and sequence = wanted.sequence
        and business_date >= ${open_from}::date and business_date <= ${last_day}::date) as transaction_id
    from unnest(${arrayLiteral(accounts.map((one) => one.id))}::uuid[], ${arrayLiteral(asked)}::bigint[]) with ordinality
      as wanted (id, sequence, place)
    order by wanted.place`
  const ids = rows.map((row) => row.transaction_id)
  const places = await findPlaces(
    sql,
    ids.filter((id) => id !== null),
  )
  return ids.map((id) => id !== null && (places.get(id)?.seal_no ?? Number.POSITIVE_INFINITY) <= seal_no)
}

/** Debits and credits of one line of the chart in one currency, of one value date. */
export interface GlTotal {
  readonly value_date: string
  readonly currency: string
  readonly gl_code: string
  readonly debits: bigint
  readonly credits: bigint
  readonly entries: number
}

/**
 * What was booked up to a seal on each line of the chart, by value date: under business days after `after` (all of them when null). For each day a
 * mark and at most 63 seals are read.
 */
export async function glTotals(
  sql: Queryable,
  known: Pick<KnownAt, 'seal_no' | 'business_date'>,
  { after }: { after: string | null },
): Promise<GlTotal[]> {
  if (known.seal_no === 0) return []
  const rows = await sql<(Omit<GlTotal, 'debits' | 'credits'> & { debits: string; credits: string })[]>`
    with days as materialized (
      select day::date as business_date, coalesce(mark.seal_no, 0) as mark_no
      from generate_series(
        coalesce(${after}::date + 1, (select business_date from seals order by business_date limit 1)), ${known.business_date}::date,
        interval '1 day') as day
      left join lateral (
        select seal_no from gl_marks m where m.business_date = day::date and m.seal_no <= ${known.seal_no} order by seal_no desc limit 1) mark
        on true)
    select value_date, currency, gl_code, sum(debits)::text as debits, sum(credits)::text as credits, sum(entries)::float8 as entries
    from (
      select m.value_date, m.currency, m.gl_code, m.debits, m.credits, m.entries
      from days join gl_marks m on m.business_date = days.business_date and m.seal_no = days.mark_no
      union all
      select m.value_date, m.currency, m.gl_code, m.debits, m.credits, m.entries
      from days join gl_movements m
        on m.business_date = days.business_date and m.seal_no > days.mark_no and m.seal_no <= ${known.seal_no}) parts
    group by value_date, currency, gl_code order by value_date, currency, gl_code`
  return rows.map(({ debits, credits, ...row }) => ({ ...row, debits: BigInt(debits), credits: BigInt(credits) }))
}
