import { Problem } from '#libs/problem/problem.ts'
import type { Queryable } from '#libs/sql/database.ts'
import { problems } from '../problems.ts'
import { holdsTransaction } from './seals/seal-of.ts'

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
    -- Two instances whose clocks differ may have told their events in the other order around midnight: such a day is not whole yet.
    select business_date from (
      select business_date from seals where business_date < l.business_date order by business_date desc limit 1) one
    where not exists (select from seals b where b.business_date = one.business_date and b.seal_no > l.seal_no)`
}

/** What of the books one seal knew, by its number. */
export async function knownBySeal(sql: Queryable, seal_no: number): Promise<SealedDays> {
  const [row] = await sql<SealedDays[]>`
    select l.seal_no::float8 as seal_no, l.business_date, whole.business_date as whole_date
    from seals l left join lateral (${wholeDay(sql)}) whole on true where l.seal_no = ${seal_no}`
  if (row === undefined) throw new Error(`there is no seal ${seal_no}`)
  return row
}

/**
 * The sequence of an account's last entry within a seal, 0 when it has none. Ids of transactions rise along a history but for what was decided at
 * the same time, so the place is found by halves, from the last day that is wholly within the seal on, and made exact by the seals themselves.
 */
export async function cutOf(sql: Queryable, ledger_account_id: string, known: KnownAt): Promise<number> {
  if (known.seal_no === 0) return 0
  const [found] = await sql<{ since: string | null; within: number; at_most: number }[]>`
    with recursive bounds as (
      select coalesce(day.last_sequence, 0) as first, a.entry_count as last, day.business_date as since,
        (select through_id from seals where seal_no = ${known.seal_no}) as through_id
      from ledger_accounts a
      left join lateral (
        select last_sequence, business_date from daily_balances b
        where b.ledger_account_id = a.ledger_account_id and b.business_date <= ${known.whole_date}::date
        order by business_date desc limit 1) day on true
      where a.ledger_account_id = ${ledger_account_id}),
    search as (
      select first as within, last + 1 as beyond from bounds
      union all
      select case when is_within then middle else within end, case when is_within then beyond else middle end
      from search
      cross join lateral (select (within + beyond) / 2 as middle) m
      cross join lateral (
        select coalesce((
          select e.ledger_transaction_id <= b.through_id from entries e, bounds b
          where e.ledger_account_id = ${ledger_account_id} and e.sequence = middle
            and e.business_date > coalesce(b.since, '-infinity')), false) as is_within) e
      where beyond - within > 1)
    select b.since, b.first::float8 as within, max(s.within)::float8 as at_most from bounds b, search s group by b.since, b.first`
  return found === undefined ? 0 : lastWithin(sql, ledger_account_id, known.seal_no, found)
}

/** Steps back from the last entry that may be within a seal, by growing steps, until one is; then forward again by halves. */
async function lastWithin(
  sql: Queryable,
  ledger_account_id: string,
  seal_no: number,
  { since, within: first, at_most }: { since: string | null; within: number; at_most: number },
): Promise<number> {
  const isWithin = async (sequence: number): Promise<boolean> => {
    const [entry] = await sql<{ ledger_transaction_id: string }[]>`
      select ledger_transaction_id from entries
      where ledger_account_id = ${ledger_account_id} and sequence = ${sequence}
        and business_date > coalesce(${since}::date, '-infinity')`
    return entry !== undefined && holdsTransaction(sql, seal_no, entry.ledger_transaction_id)
  }
  let beyond = at_most + 1
  let within = at_most
  for (let step = 1; within > first && !(await isWithin(within)); step *= 2) {
    beyond = within
    within = Math.max(first, within - step)
  }
  while (beyond - within > 1) {
    const middle = Math.floor((within + beyond) / 2)
    if (await isWithin(middle)) within = middle
    else beyond = middle
  }
  return within
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
