import type { EventMessage } from '#libs/contract/event.ts'
import type { Database, Queryable, Tx } from '#libs/sql/database.ts'
import { textArray } from '#libs/sql/text-array.ts'
import { type Claim, Overtaken } from './delivery.ts'
import { isBefore, type Position } from './event-log.ts'

/** An event with its place in its producer's outbox. */
export type PlacedEvent = EventMessage & { epoch: number; position: bigint }

/** What a service's database says about following a producer by a stream. */
export interface Standing {
  /** The epoch that the bank is in, by this database. */
  bank_epoch: number
  /** Up to here everything was handled, whatever the inbox knows. */
  position: Position
  is_streamed: boolean
}

/** Of the ids, those of the producer's events that were handled. */
export async function handledAmong(
  sql: Queryable,
  producer: string,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await sql<{ event_id: string }[]>`
    select event_id from event_inbox where producer = ${producer} and event_id = any(${textArray(ids)}::uuid[])`
  return new Set(rows.map((row) => row.event_id))
}

interface StandingRow extends Position {
  bank_epoch: number
  is_streamed: boolean
}

function standingOf({ bank_epoch, is_streamed, epoch, position }: StandingRow): Standing {
  return { bank_epoch, is_streamed, position: { epoch, position } }
}

/** From now on the producer is followed by a stream: whoever follows by its log finds that he cannot move the position. */
export async function beginStream({ app }: Pick<Database, 'app'>, producer: string, now: Date): Promise<void> {
  await app`
    insert into subscriptions (producer, epoch, position, updated_at, is_streamed) values (${producer}, 1, 0, ${now}, true)
    on conflict (producer) do update set is_streamed = true where not subscriptions.is_streamed`
}

/** How things stand between this database and a producer's stream. */
export async function standingWith({ app }: Pick<Database, 'app'>, producer: string): Promise<Standing> {
  const [row] = await app<StandingRow[]>`
    select state.epoch as bank_epoch, is_streamed, subscriptions.epoch, subscriptions.position
    from subscriptions cross join outbox_state state where producer = ${producer}`
  if (row === undefined) throw new Error(`no subscription to ${producer}`)
  return standingOf(row)
}

/** Events are an instance's own when it enters their ids, all of them, and things stand as it knew. */
export class InboxClaim implements Claim<PlacedEvent> {
  readonly #database: Database
  readonly #producer: string
  readonly #standing: Standing

  constructor(database: Database, producer: string, standing: Standing) {
    this.#database = database
    this.#producer = producer
    this.#standing = standing
  }

  /** Without those that came before, in this batch too. */
  async unhandled(events: readonly PlacedEvent[]): Promise<readonly PlacedEvent[]> {
    const ids = events.map(({ id }) => id)
    const handled = new Set(await handledAmong(this.#database.app, this.#producer, ids))
    return events.filter((event) => {
      const isNew = isBefore(this.#standing.position, event) && !handled.has(event.id)
      handled.add(event.id)
      return isNew
    })
  }

  async take(tx: Tx, unhandled: readonly PlacedEvent[]): Promise<void> {
    if (unhandled.length === 0) return
    // In one order, so that two instances with the same events never wait for each other in a circle.
    const rows = unhandled.toSorted((a, b) => (a.id < b.id ? -1 : 1))
    // The shared lock keeps whoever goes back to the log waiting for this transaction: he asks the inbox after it.
    const [row] = await tx<(StandingRow & { taken: number })[]>`
      with now as (
        select state.epoch as bank_epoch, is_streamed, subscriptions.epoch, subscriptions.position
        from subscriptions cross join outbox_state state where producer = ${this.#producer} for share of subscriptions
      ), taken as (
        insert into event_inbox (producer, event_id, epoch, position, handled_at)
        select ${this.#producer}, event_id, epoch, position, ${new Date()}
        from unnest(${textArray(rows.map(({ id }) => id))}::uuid[], ${textArray(rows.map(({ epoch }) => String(epoch)))}::int[],
          ${textArray(rows.map(({ position }) => String(position)))}::bigint[]) as came (event_id, epoch, position)
        on conflict do nothing returning 1
      )
      select now.*, (select count(*)::int from taken) as taken from now`
    if (row === undefined || row.taken < rows.length) throw new Overtaken(`others handled events of ${this.#producer}`)
    if (!isSame(standingOf(row), this.#standing))
      throw new Overtaken(`${this.#producer} is followed in another way now`)
  }

  taken(): void {}
}

function isSame(one: Standing, other: Standing): boolean {
  const { epoch, position } = one.position
  return (
    one.bank_epoch === other.bank_epoch &&
    one.is_streamed === other.is_streamed &&
    epoch === other.position.epoch &&
    position === other.position.position
  )
}

/** Ids that one statement forgets at most. */
const FORGOTTEN_AT_ONCE = 10_000

/**
 * Forgets what was handled before a time at which no stream can bring it again, and notes by position that it was: everything below had been
 * sent before it. What a follower of the log still asks for is kept. True when there may be more.
 */
export async function forgetHandled({ app }: Pick<Database, 'app'>, before: Date): Promise<boolean> {
  const [row] = await app<{ count: number }[]>`
    with old as (
      select inbox.producer, event_id from event_inbox inbox join subscriptions using (producer)
      where handled_at < ${before} and (is_streamed or (subscriptions.epoch, subscriptions.position) >= (inbox.epoch, inbox.position))
      order by handled_at limit ${FORGOTTEN_AT_ONCE}
    ), gone as (
      delete from event_inbox using old where event_inbox.producer = old.producer and event_inbox.event_id = old.event_id
      returning event_inbox.producer, event_inbox.epoch, event_inbox.position
    ), last as (
      select distinct on (producer) * from gone order by producer, epoch desc, position desc
    ), noted as (
      update subscriptions set epoch = last.epoch, position = last.position, updated_at = ${new Date()} from last
      where subscriptions.producer = last.producer and (subscriptions.epoch, subscriptions.position) < (last.epoch, last.position)
    )
    select count(*)::int as count from gone`
  return row?.count === FORGOTTEN_AT_ONCE
}

/** About how many ids are remembered, as the server last counted; for metrics. */
export async function inboxSize({ reader }: Pick<Database, 'reader'>): Promise<number> {
  const [row] = await reader<{ size: number }[]>`
    select greatest(0, reltuples)::float8 as size from pg_class where oid = 'event_inbox'::regclass`
  return row?.size ?? 0
}
