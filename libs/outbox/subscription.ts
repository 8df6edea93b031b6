import type { Tx } from '#libs/sql/database.ts'
import { type Claim, Delivery, type DeliveryHost, Overtaken } from './delivery.ts'
import { type EventLog, isBefore, type LogPage, type Position } from './event-log.ts'
import { handledAmong, type PlacedEvent } from './inbox.ts'
import { Pace } from './pace.ts'
import type { Reaction } from './react.ts'

/** Events that concern nobody here move the stored position only every so often: a commit for each page of them would cost more than reading them again. */
const UNSTORED_AT_MOST = 1_000n

/** A log tells when there is something new; it is looked at now and then all the same. */
const LOOK_EVERY_MS = 1_000

/** One service following one producer's log: events in order, effects exactly once. */
export class Subscription<Own> {
  readonly #log: EventLog
  readonly #host: DeliveryHost<Own>
  readonly #pace = new Pace(LOOK_EVERY_MS)
  readonly #delivery: Delivery<Own>
  #stopListening: (() => void) | undefined
  #position: Position | undefined
  /** How far events were looked at; past the stored position they were of types that nobody here reacts to. */
  #seen: Position | undefined
  /** Up to here the inbox is asked: the producer was followed by a stream once. */
  #inboxUpTo: Position | undefined

  constructor(log: EventLog, reactions: readonly Reaction<Own>[], host: DeliveryHost<Own>) {
    this.#log = log
    this.#host = host
    this.#delivery = new Delivery(log.producer, reactions, host, this.#pace)
  }

  start(): void {
    this.#stopListening = this.#log.onAppended(() => this.nudge())
    this.#pace.start(
      () => this.#step(),
      (error, failures) => {
        this.#position = undefined
        this.#seen = undefined
        const about = { producer: this.#log.producer, error, failures }
        this.#host.warn('events could not be handled, trying again', about)
      },
    )
  }

  /** Looks for new events now. */
  nudge(): void {
    this.#pace.nudge()
  }

  /** Finishes the batch under way and stops. */
  async stop(): Promise<void> {
    this.#stopListening?.()
    await this.#pace.stop()
  }

  /** Runs the parked events of one letter's key again; see `Delivery.replay`. */
  replay(dead_letter_id: string): Promise<void> {
    return this.#delivery.replay(dead_letter_id)
  }

  /** One page of events; true when more are waiting. */
  async #step(): Promise<boolean> {
    const stored = this.#position ?? (await this.#storedPosition())
    this.#position = stored
    const from = this.#seen ?? stored
    const page = await this.#log.read(from, this.#host.batchSize, this.#delivery.types)
    if (page.upTo.position === from.position && page.upTo.epoch === from.epoch) return false
    await this.#handlePage(stored, page)
    return page.more || this.#pace.isWoken
  }

  async #storedPosition(): Promise<Position> {
    const { producer } = this.#log
    const { app } = this.#host.database
    await app`
      insert into subscriptions (producer, epoch, position, updated_at) values (${producer}, 1, 0, ${new Date()})
      on conflict do nothing`
    const [row] = await app<StoredRow[]>`
      select epoch, position, is_streamed, inbox_epoch, inbox_position from subscriptions where producer = ${producer}`
    if (row === undefined) throw new Error(`no subscription to ${producer}`)
    if (row.is_streamed) {
      await this.#leaveStream()
      return this.#storedPosition()
    }
    const { epoch, position, inbox_epoch, inbox_position } = row
    this.#inboxUpTo = inbox_position === null ? undefined : { epoch: inbox_epoch as number, position: inbox_position }
    return { epoch, position }
  }

  /** The producer was followed by a stream until now: that ends here, and from the stored position on the inbox says what was handled. */
  async #leaveStream(): Promise<void> {
    const { producer } = this.#log
    await this.#host.database.transact(async (tx) => {
      // Waits for what is being handled from the stream; whoever comes later finds that it is over.
      await tx`update subscriptions set is_streamed = false where producer = ${producer}`
      await tx`
        update subscriptions set inbox_epoch = last.epoch, inbox_position = last.position
        from (select epoch, position from event_inbox where producer = ${producer} order by epoch desc, position desc limit 1) last
        where producer = ${producer}`
    })
  }

  async #handlePage(from: Position, page: LogPage): Promise<void> {
    const { producer } = this.#log
    const claim = new PositionClaim(producer, from, (events) => this.#unhandled(events))
    const events = page.events.map((event): PlacedEvent => ({ ...event, epoch: page.upTo.epoch }))
    await this.#delivery.handle(events, claim)
    this.#position = claim.position
    this.#seen = page.upTo
    const { epoch, position } = claim.position
    if (page.upTo.epoch === epoch && page.upTo.position - position < UNSTORED_AT_MOST) return
    await this.#host.database.transact((tx) => claim.advance(tx, page.upTo))
    this.#position = page.upTo
  }

  async #unhandled(events: readonly PlacedEvent[]): Promise<readonly PlacedEvent[]> {
    const [first] = events
    const upTo = this.#inboxUpTo
    if (upTo === undefined || first === undefined || isBefore(upTo, first)) return events
    const ids = events.map(({ id }) => id)
    const handled = await handledAmong(this.#host.database.app, this.#log.producer, ids)
    return events.filter(({ id }) => !handled.has(id))
  }
}

interface StoredRow extends Position {
  is_streamed: boolean
  inbox_epoch: number | null
  inbox_position: bigint | null
}

/** Events are an instance's own when it moves the stored position over them: from where it knows it to be, or not at all. */
class PositionClaim implements Claim<PlacedEvent> {
  readonly #producer: string
  readonly unhandled: (events: readonly PlacedEvent[]) => Promise<readonly PlacedEvent[]>
  position: Position

  constructor(producer: string, position: Position, unhandled: PositionClaim['unhandled']) {
    this.#producer = producer
    this.position = position
    this.unhandled = unhandled
  }

  take(tx: Tx, _unhandled: readonly PlacedEvent[], events: readonly PlacedEvent[]): Promise<void> {
    return this.advance(tx, this.#after(events))
  }

  taken(events: readonly PlacedEvent[]): void {
    this.position = this.#after(events)
  }

  async advance(tx: Tx, upTo: Position): Promise<void> {
    const from = this.position
    const moved = await tx`
      update subscriptions set epoch = ${upTo.epoch}, position = ${upTo.position}, updated_at = ${new Date()}
      where producer = ${this.#producer} and epoch = ${from.epoch} and position = ${from.position} and not is_streamed`
    if (moved.count === 0) throw new Overtaken(`another instance follows ${this.#producer} too`)
  }

  #after(events: readonly PlacedEvent[]): Position {
    const { epoch, position } = events.at(-1) ?? this.position
    return { epoch, position }
  }
}
