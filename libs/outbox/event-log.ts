import type { EventMessage } from '#libs/contract/event.ts'
import type { Sql } from '#libs/sql/database.ts'
import { textArray } from '#libs/sql/text-array.ts'
import { eventsIn, subjectsIn } from './bundle.ts'

/** A place in a producer's events: epochs follow restores, positions rise within one. */
export interface Position {
  epoch: number
  position: bigint
}

/** Whether the first position is behind the second. */
export function isBefore(one: Position, other: Position): boolean {
  return one.epoch < other.epoch || (one.epoch === other.epoch && one.position < other.position)
}

export interface LogPage {
  events: (EventMessage & { position: bigint })[]
  /** The last position looked at, whether or not its type was asked for. */
  upTo: Position
  /** True when more were waiting at the time of reading. */
  more: boolean
}

/** A producer's events as its subscribers see them, in this process or over HTTP. */
export interface EventLog {
  producer: string
  read(after: Position, limit: number, types: readonly string[]): Promise<LogPage>
  /** Calls back after new events got their position; the call that stops it is returned. May also call back for nothing. */
  onAppended(listener: () => void): () => void
}

interface BundleRow {
  epoch: number
  /** That of the last event. */
  position: bigint
  events: number
  /** Null when none of its events has a type that was asked for. */
  bundle: string | null
  /** Bundles that were looked at, of which these may be the first. */
  looked: number
}

/**
 * Reads the outbox of a producer in order of position; events of other types only move the position. A page comes from `limit` events at
 * most, those of bundles that hold no type asked for not counted: as many whole bundles as they make, or that much of one.
 */
export async function readOutbox(
  sql: Sql,
  producer: string,
  after: Position,
  limit: number,
  types: readonly string[],
): Promise<LogPage> {
  const { items, upTo, more } = await readPage(sql, { after, limit, types }, (bundle, { from, to, before }) =>
    eventsIn(bundle, producer, from, to).flatMap((event, i) =>
      types.includes(event.type) ? [{ ...event, position: before + BigInt(from + i + 1) }] : [],
    ),
  )
  return { events: items, upTo, more }
}

/** What an event of a type is about, and where it stands. */
export interface Mention {
  subject: string
  position: bigint
}

/** The same of one type for whoever needs nothing else of its events: their texts are not taken apart, which is most of what reading them costs. */
export async function readMentions(
  sql: Sql,
  after: Position,
  limit: number,
  type: string,
): Promise<{ mentions: Mention[]; upTo: Position; more: boolean }> {
  const wanted = { after, limit, types: [type] }
  const { items, upTo, more } = await readPage(sql, wanted, (bundle, { from, to, before }) =>
    subjectsIn(bundle, type, from, to).flatMap((subject, i) =>
      subject === undefined ? [] : [{ subject, position: before + BigInt(from + i + 1) }],
    ),
  )
  return { mentions: items, upTo, more }
}

interface Wanted {
  after: Position
  limit: number
  types: readonly string[]
}

/** Which of a bundle's events belong to a page; `before` is the position before its first one. */
interface Stretch {
  from: number
  to: number
  before: bigint
}

async function readPage<Item>(
  sql: Sql,
  { after, limit, types }: Wanted,
  itemsIn: (bundle: string, stretch: Stretch) => Item[],
): Promise<{ items: Item[]; upTo: Position; more: boolean }> {
  const rows = await sql<BundleRow[]>`
    select epoch, position, events, looked, case when is_wanted then bundle end as bundle
    from (
      select *, (count(*) over ())::int as looked, coalesce(sum(events) filter (where is_wanted) over in_order, 0) as wanted
      from (
        select epoch, position, events, bundle, types && ${textArray(types)}::text[] as is_wanted
        from outbox
        where position is not null and (epoch, position) > (${after.epoch}::int, ${after.position})
        order by epoch, position limit ${limit}) next
      window in_order as (order by epoch, position rows unbounded preceding)) counted
    where wanted <= ${limit} or (is_wanted and wanted = events)
    order by epoch, position`
  // A page ends where an epoch does, so that its position says where all of its events stand.
  const page = rows.filter((row) => row.epoch === rows[0]?.epoch)
  const last = page.at(-1)
  if (last === undefined) return { items: [], upTo: after, more: false }
  const items: Item[] = []
  let upTo = after
  for (const { epoch, position, events: count, bundle } of page) {
    const before = position - BigInt(count)
    const from = epoch === after.epoch && after.position > before ? Number(after.position - before) : 0
    const to = bundle === null ? count : Math.min(count, from + limit)
    if (bundle !== null) items.push(...itemsIn(bundle, { from, to, before }))
    upTo = { epoch, position: before + BigInt(to) }
  }
  return { items, upTo, more: last.looked === limit || page.length < last.looked || upTo.position < last.position }
}
