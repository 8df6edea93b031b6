import type { EventMessage } from '#libs/contract/event.ts'
import type { Tx } from '#libs/sql/database.ts'
import { type Claim, Delivery, type DeliveryHost, Overtaken } from './delivery.ts'
import type { EventLog, LogPage, Position } from './event-log.ts'
import { Pace } from './pace.ts'
import type { Reaction } from './react.ts'

/** Events that concern nobody here move the stored position only every so often: a commit for each page of them would cost more than reading them again. */
const UNSTORED_AT_MOST = 1_000n

/** One service following one producer's log: events in order, effects exactly once. */
export class Subscription<Own> {
  readonly #log: EventLog
  readonly #host: DeliveryHost<Own>
  readonly #pace = new Pace()
  readonly #delivery: Delivery<Own>
  #stopListening: (() => void) | undefined
  #position: Position | undefined
  /** How far events were looked at; past the stored position they were of types that nobody here reacts to. */
  #seen: Position | undefined

  constructor(log: EventLog, reactions: readonly Reaction<Own>[], host: DeliveryHost<Own>) {
    this.#log = log
    this.#host = host
    this.#delivery = new Delivery(log.producer, reactions, host, this.#pace)
  }

  /** True when the last look found more events than it handled; for metrics. */
  get isBehind(): boolean {
    return this.#pace.isBehind
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
    const now = new Date()
    await this.#host.database
      .app`insert into subscriptions (producer, epoch, position, updated_at) values (${producer}, 1, 0, ${now}) on conflict do nothing`
    const [row] = await this.#host.database.app<
      Position[]
    >`select epoch, position from subscriptions where producer = ${producer}`
    if (row === undefined) throw new Error(`no subscription to ${producer}`)
    return { epoch: row.epoch, position: row.position }
  }

  async #handlePage(from: Position, page: LogPage): Promise<void> {
    const claim = new PositionClaim(this.#log.producer, from, page.upTo.epoch)
    await this.#delivery.handle(page.events, claim)
    this.#position = claim.position
    this.#seen = page.upTo
    const { epoch, position } = claim.position
    if (page.upTo.epoch === epoch && page.upTo.position - position < UNSTORED_AT_MOST) return
    await this.#host.database.transact((tx) => claim.advance(tx, page.upTo))
    this.#position = page.upTo
  }
}

type PlacedEvent = EventMessage & { position: bigint }

/** Events are an instance's own when it moves the stored position over them: from where it knows it to be, or not at all. */
class PositionClaim implements Claim<PlacedEvent> {
  readonly #producer: string
  readonly #epoch: number
  position: Position

  constructor(producer: string, position: Position, epoch: number) {
    this.#producer = producer
    this.#epoch = epoch
    this.position = position
  }

  async unhandled(events: readonly PlacedEvent[]): Promise<readonly PlacedEvent[]> {
    return events
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
      where producer = ${this.#producer} and epoch = ${from.epoch} and position = ${from.position}`
    if (moved.count === 0) throw new Overtaken(`another instance follows ${this.#producer} too`)
  }

  #after(events: readonly PlacedEvent[]): Position {
    return { epoch: this.#epoch, position: events.at(-1)?.position ?? this.position.position }
  }
}
