import type { EventMessage } from '#libs/contract/event.ts'
import { newId } from '#libs/ids/ids.ts'
import { encode } from '#libs/json/json.ts'
import type { Queryable, Tx } from '#libs/sql/database.ts'

/** A parked event that nobody has replayed yet. */
export interface OpenLetter {
  dead_letter_id: string
  event: EventMessage
}

/** Which of the events' keys have parked events, so that later ones must wait behind them. */
export async function parkedKeys(
  sql: Queryable,
  producer: string,
  events: readonly EventMessage[],
): Promise<Set<string>> {
  const keys = [...new Set(events.map((event) => event.partitionkey))]
  const rows = await sql<{ partitionkey: string }[]>`
    select distinct partitionkey from dead_letters
    where producer = ${producer} and resolved_at is null and partitionkey = any(${keys}::text[])`
  return new Set(rows.map((row) => row.partitionkey))
}

/** Sets an event aside with the error that it met. Parking it again changes nothing. */
export async function park(
  tx: Tx,
  producer: string,
  event: EventMessage,
  error: string,
  attempts: number,
): Promise<void> {
  await tx`
    insert into dead_letters (dead_letter_id, producer, event_id, type, partitionkey, event, error, attempts, parked_at)
    values (${newId()}, ${producer}, ${event.id}, ${event.type}, ${event.partitionkey}, ${encode(event)}::text::json,
      ${error.slice(0, 2_000)}, ${attempts}, ${new Date()})
    on conflict (producer, event_id) do nothing`
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

/** Holds the subscription still: deliveries move its row, so none commits while this transaction is open. */
export async function lockSubscription(tx: Tx, producer: string): Promise<void> {
  await tx`select 1 from subscriptions where producer = ${producer} for update`
}

/** Marks a letter as replayed; false when somebody else did it first. */
export async function resolveLetter(tx: Tx, dead_letter_id: string): Promise<boolean> {
  const marked = await tx`
    update dead_letters set resolved_at = ${new Date()} where dead_letter_id = ${dead_letter_id} and resolved_at is null`
  return marked.count === 1
}

/** JSON has no dates: the time of a stored event is text. */
function asSent(row: OpenLetter): OpenLetter {
  return { ...row, event: { ...row.event, time: new Date(row.event.time) } }
}
