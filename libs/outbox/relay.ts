import type { Database } from '#libs/sql/database.ts'
import { linesIn } from './bundle.ts'
import { toRecord } from './cloud-event.ts'
import type { Position } from './event-log.ts'
import type { OutgoingRecord, Publisher } from './stream.ts'

/** Events of one round: its last bundle is the one that reaches this number. */
const SENT_AT_ONCE = 1_000
/** Characters of one sending; a broker takes a megabyte of one partition at once unless told otherwise. */
const CHARACTERS_AT_ONCE = 250_000

export interface RelayOptions {
  producer: string
  database: Pick<Database, 'app'>
  publisher: Publisher
  topicOf(type: string): string
  /** How long the stream keeps a record: that much is sent again in a new epoch. */
  retentionMs: number
  now(): Date
  /** Called when a new epoch begins and what is still kept is sent again. */
  epochBegan(bank_epoch: number): void
}

interface RelayState {
  /** The epoch in which the relay stands; the bank's own may be higher. */
  bank_epoch: number
  state_epoch: number
  epoch: number
  position: bigint
}

interface SendingRow extends Position {
  events: number
  bundle: string
}

/**
 * Hands a producer's events to the stream, by position, and then stores how far it came. One at a time does it (a lease); that is for the
 * cost alone. For the order: each relay sends in order and starts at or below the stored position, so that all before it stands in the stream
 * already. Whatever two of them send at once, or one sends again after a crash, an event that comes for the first time comes after all those
 * that are before it.
 */
export class Relay {
  readonly #options: RelayOptions

  constructor(options: RelayOptions) {
    this.#options = options
  }

  /** One round; true when more is waiting. */
  async step(): Promise<boolean> {
    const state = await this.#state()
    const rows = await this.#next(state)
    const last = rows.at(-1)
    if (last === undefined) return false
    const records = rows.flatMap((row) => this.#recordsOf(row, state.bank_epoch))
    for (const part of partsOf(records)) await this.#options.publisher.send(part)
    await this.#store(state.bank_epoch, last)
    return rows.reduce((sum, row) => sum + row.events, 0) >= SENT_AT_ONCE
  }

  async #state(): Promise<RelayState> {
    const { app } = this.#options.database
    const [found] = await app<RelayState[]>`
      select bank_epoch, state.epoch as state_epoch, event_relay.epoch, event_relay.position
      from event_relay cross join outbox_state state`
    if (found !== undefined && found.bank_epoch === found.state_epoch) return found
    if (found === undefined)
      await app`
        insert into event_relay (bank_epoch, epoch, position, updated_at) select epoch, 1, 0, ${new Date()} from outbox_state
        on conflict do nothing`
    else await this.#beginEpoch(found.state_epoch)
    return this.#state()
  }

  /** After a restore consumers drop what was sent before it, so all that the stream would still keep is sent again. */
  async #beginEpoch(bank_epoch: number): Promise<void> {
    const { database, retentionMs, now, epochBegan } = this.#options
    const since = new Date(now().getTime() - retentionMs)
    await database.app`
      update event_relay set bank_epoch = ${bank_epoch}, epoch = start.epoch, position = start.position, updated_at = ${new Date()}
      from (
        select epoch, position from (
          (select epoch, position - events as position from outbox
          where id >= ${firstIdAt(since)} and position is not null order by epoch, outbox.position limit 1)
          union all select epoch, position from outbox_state) kept
        order by epoch, position limit 1) start
      where bank_epoch < ${bank_epoch}`
    epochBegan(bank_epoch)
  }

  #next({ epoch, position }: Position): Promise<SendingRow[]> {
    return this.#options.database.app<SendingRow[]>`
      select epoch, position, events, bundle from (
        select epoch, position, events, bundle, sum(events) over (order by epoch, position) as total from (
          select epoch, position, events, bundle from outbox
          where position is not null and (epoch, position) > (${epoch}::int, ${position})
          order by epoch, position limit ${SENT_AT_ONCE}) waiting) counted
      where total - events < ${SENT_AT_ONCE} order by epoch, position`
  }

  #recordsOf({ epoch, position, events, bundle }: SendingRow, bank_epoch: number): OutgoingRecord[] {
    const { producer, topicOf } = this.#options
    const before = position - BigInt(events)
    return linesIn(bundle).map((line, i) =>
      toRecord(line, { producer, bank_epoch, epoch, position: before + BigInt(i + 1), topicOf }),
    )
  }

  /** Never back, and never for another epoch: a relay that was late has only sent twice. */
  async #store(bank_epoch: number, { epoch, position }: Position): Promise<void> {
    await this.#options.database.app`
      update event_relay set epoch = ${epoch}, position = ${position}, updated_at = ${new Date()}
      where bank_epoch = ${bank_epoch} and (epoch, position) < (${epoch}::int, ${position})`
  }
}

/** The first id that could have been made at a time: ids begin with it, in milliseconds (RFC 9562). */
function firstIdAt(time: Date): string {
  const hex = Math.max(0, time.getTime()).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`
}

function* partsOf(records: readonly OutgoingRecord[]): Generator<OutgoingRecord[]> {
  let part: OutgoingRecord[] = []
  let characters = 0
  for (const record of records) {
    if (part.length > 0 && characters + record.value.length > CHARACTERS_AT_ONCE) {
      yield part
      part = []
      characters = 0
    }
    part.push(record)
    characters += record.value.length
  }
  if (part.length > 0) yield part
}

/** How many events wait to be handed to the stream, by their positions, which are dense; for metrics. Undefined while no relay ever ran. */
export async function relayLag({ reader }: Pick<Database, 'reader'>): Promise<number | undefined> {
  const [row] = await reader<{ lag: bigint }[]>`
    select state.position - event_relay.position as lag from event_relay cross join outbox_state state`
  return row === undefined ? undefined : Number(row.lag)
}
