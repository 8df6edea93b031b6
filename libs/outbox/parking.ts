import type { EventMessage } from '#libs/contract/event.ts'
import { newId } from '#libs/ids/ids.ts'
import { encode } from '#libs/json/json.ts'
import type { Database, Queryable, Tx } from '#libs/sql/database.ts'

/** A parked event that nobody has replayed yet. */
export interface OpenLetter {
  dead_letter_id: string
  event: EventMessage
}

/** Which of the events' keys have parked events, so that later ones must wait behind them. */
export async function parkedKeys(
  sql: Queryable,
  producer: string,
  events: readonly Pick<EventMessage, 'partitionkey'>[],
): Promise<Set<string>> {
  const keys = [...new Set(events.map((event) => event.partitionkey))]
  const rows = await sql<{ partitionkey: string }[]>`
    select distinct partitionkey from dead_letters
    where producer = ${producer} and resolved_at is null and partitionkey = any(${keys}::text[])`
  return new Set(rows.map((row) => row.partitionkey))
}

/** How an event came to be parked. One that only waits behind a parked one of its key has no attempts. */
interface Parking {
  error: string
  attempts: number
  now: Date
}

/** The pauses before a parked event is run again; the last one repeats. */
const PAUSES_S = [30, 120, 600, 3_600]

/** Sets an event aside with the error that it met; the first of its key is run again after a pause. Parking it again changes nothing. */
export async function park(tx: Tx, producer: string, event: EventMessage, parking: Parking): Promise<void> {
  const { error, attempts, now } = parking
  const next_attempt_at = attempts === 0 ? null : new Date(now.getTime() + (PAUSES_S[0] as number) * 1_000)
  await tx`
    insert into dead_letters (dead_letter_id, producer, event_id, type, partitionkey, event, error, attempts, parked_at, next_attempt_at)
    values (${newId()}, ${producer}, ${event.id}, ${event.type}, ${event.partitionkey}, ${encode(event)}::text::json,
      ${error.slice(0, 2_000)}, ${attempts}, ${now}, ${next_attempt_at})
    on conflict (producer, event_id) do nothing`
}

/** A letter whose time has come. */
export interface DueLetter {
  dead_letter_id: string
  producer: string
}

/**
 * Takes the letters that are to be run again now, at most `limit`, each the oldest of its key. Their next attempt is put off first, by longer
 * pauses from 30 seconds to an hour, so that no two instances run one at once and a crash only costs a pause.
 */
export async function takeDueLetters(sql: Queryable, now: Date, limit: number): Promise<DueLetter[]> {
  return sql<DueLetter[]>`
    update dead_letters set replays = replays + 1,
      next_attempt_at = ${now}::timestamptz + make_interval(secs => (${PAUSES_S}::int[])[least(replays + 2, ${PAUSES_S.length})])
    where dead_letter_id in (
      select dead_letter_id from dead_letters where resolved_at is null and next_attempt_at <= ${now}
      order by next_attempt_at limit ${limit} for update skip locked)
    returning dead_letter_id, producer`
}

/** A parked event as a person sees it. */
export interface DeadLetter {
  dead_letter_id: string
  producer: string
  event_id: string
  type: string
  partitionkey: string
  error: string
  replays: number
  parked_at: Date
  /** Null while it waits behind an older one of its key. */
  next_attempt_at: Date | null
}

/** The parked events of a service's database that are not resolved, oldest first, a thousand at most. */
export async function deadLettersOf(database: Pick<Database, 'reader'>): Promise<DeadLetter[]> {
  return database.reader<DeadLetter[]>`
    select dead_letter_id, producer, event_id, type, partitionkey, error, replays, parked_at, next_attempt_at
    from dead_letters where resolved_at is null order by dead_letter_id limit 1000`
}

/** Whose event a letter holds and whether it was handled meanwhile; undefined for a letter that never was. */
export async function letterState(
  sql: Queryable,
  dead_letter_id: string,
): Promise<{ producer: string; is_resolved: boolean } | undefined> {
  const [row] = await sql<{ producer: string; is_resolved: boolean }[]>`
    select producer, resolved_at is not null as is_resolved from dead_letters where dead_letter_id = ${dead_letter_id}`
  return row
}

/** One parked event by its letter's id, or undefined when it is resolved or unknown. */
export async function openLetter(
  sql: Queryable,
  producer: string,
  dead_letter_id: string,
): Promise<OpenLetter | undefined> {
  const [row] = await sql<OpenLetter[]>`
    select dead_letter_id, event from dead_letters
    where dead_letter_id = ${dead_letter_id} and producer = ${producer} and resolved_at is null`
  return row && asSent(row)
}

/** The oldest parked event of a key, or undefined: they were parked in the order in which they came. */
export async function oldestLetterOf(
  sql: Queryable,
  producer: string,
  partitionkey: string,
): Promise<OpenLetter | undefined> {
  const [row] = await sql<OpenLetter[]>`
    select dead_letter_id, event from dead_letters
    where producer = ${producer} and partitionkey = ${partitionkey} and resolved_at is null
    order by dead_letter_id limit 1`
  return row && asSent(row)
}

/**
 * Holds the oldest parked event of each key still and counts them: a replay resolves letters from the oldest on, so it waits for this
 * transaction, or has left fewer keys than were asked for.
 */
export async function lockParkedKeys(tx: Tx, producer: string, keys: readonly string[]): Promise<number> {
  const { count } = await tx`
    select oldest.dead_letter_id from unnest(${keys.toSorted()}::text[]) as wanted (key) cross join lateral (
      select dead_letter_id from dead_letters
      where producer = ${producer} and partitionkey = wanted.key and resolved_at is null
      order by dead_letter_id limit 1 for update) oldest`
  return count
}

/** Marks a letter as replayed, and the next one of its key is due at once; false when somebody else did it first. */
export async function resolveLetter(tx: Tx, dead_letter_id: string, now: Date): Promise<boolean> {
  const [marked] = await tx<{ producer: string; partitionkey: string }[]>`
    update dead_letters set resolved_at = ${now} where dead_letter_id = ${dead_letter_id} and resolved_at is null
    returning producer, partitionkey`
  if (marked === undefined) return false
  await tx`
    update dead_letters set next_attempt_at = ${now} where dead_letter_id = (
      select dead_letter_id from dead_letters
      where producer = ${marked.producer} and partitionkey = ${marked.partitionkey} and resolved_at is null
      order by dead_letter_id limit 1)`
  return true
}

/** JSON has no dates: the time of a stored event is text. */
function asSent(row: OpenLetter): OpenLetter {
  return { ...row, event: { ...row.event, time: new Date(row.event.time) } }
}
