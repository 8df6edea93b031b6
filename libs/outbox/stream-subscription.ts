import { Delivery, type DeliveryHost } from './delivery.ts'
import { isBefore } from './event-log.ts'
import { beginStream, InboxClaim, type PlacedEvent, type Standing, standingWith } from './inbox.ts'
import { Pace } from './pace.ts'
import type { Reaction } from './react.ts'
import type { Stream, StreamRecord } from './stream.ts'

/** How long a poll waits for the first record; a stop ends it at once. */
const POLL_WAIT_MS = 5_000

/** What stands in the way of a stream until a person, or another process, does something about it. */
class StandsStill extends Error {}

/** One service following one producer's stream: effects exactly once, by the ids of what was handled; events of each key in order. */
export class StreamSubscription<Own> {
  readonly #stream: Stream
  readonly #host: DeliveryHost<Own>
  readonly #pace = new Pace(0)
  readonly #delivery: Delivery<Own>
  readonly #types: ReadonlySet<string>
  /** Undefined until it was asked, and after everything that went wrong. */
  #standing: Standing | undefined
  #hasBegun = false
  /** Came and is not done. */
  #held: readonly StreamRecord[] = []
  #stillBecause: string | undefined

  constructor(stream: Stream, reactions: readonly Reaction<Own>[], host: DeliveryHost<Own>) {
    this.#stream = stream
    this.#host = host
    this.#delivery = new Delivery(stream.producer, reactions, host, this.#pace)
    this.#types = new Set(this.#delivery.types)
  }

  start(): void {
    this.#pace.start(
      () => this.#step(),
      (error, failures) => {
        this.#standing = undefined
        this.#tell(error, failures)
      },
    )
  }

  /** Finishes the batch under way and stops. */
  async stop(): Promise<void> {
    await this.#pace.stop()
    await this.#stream.close()
  }

  /** Runs the parked events of one letter's key again; see `Delivery.replay`. */
  replay(dead_letter_id: string): Promise<void> {
    return this.#delivery.replay(dead_letter_id)
  }

  /** One poll's records; true when more are waiting. What fails is held, and nothing new is asked for before it is done. */
  async #step(): Promise<boolean> {
    const { producer } = this.#stream
    const { app } = this.#host.database
    if (!this.#hasBegun) await beginStream({ app }, producer, this.#host.askContext.clock.wall.now())
    this.#hasBegun = true
    const limit = this.#host.batchSize
    if (this.#held.length === 0)
      this.#held = await this.#stream.poll({ limit, waitMs: POLL_WAIT_MS, signal: this.#pace.stopping })
    const records = this.#held
    if (records.length === 0) return false
    this.#standing ??= await standingWith({ app }, producer)
    await this.#handle(records, this.#standing)
    this.#stillBecause = undefined
    this.#held = []
    await this.#commit(records)
    return records.length >= limit
  }

  async #handle(records: readonly StreamRecord[], standing: Standing): Promise<void> {
    const { producer } = this.#stream
    if (!standing.is_streamed)
      throw new StandsStill('another process follows this producer by its log; give all of them the same settings')
    const ahead = records.find((record) => record.bank_epoch > standing.bank_epoch)
    if (ahead !== undefined)
      throw new StandsStill(
        `events of epoch ${ahead.bank_epoch} came, and this database is in epoch ${standing.bank_epoch}: restore it with the others`,
      )
    // What was sent in an epoch before a restore may belong to a future that is lost; what does not is sent again in the new one.
    const events = records
      .filter((record) => record.bank_epoch === standing.bank_epoch && this.#types.has(record.event.type))
      .map(({ event, epoch, position }): PlacedEvent => ({ ...event, epoch, position }))
      .filter((event) => isBefore(standing.position, event))
    if (events.length > 0) await this.#delivery.handle(events, new InboxClaim(this.#host.database, producer, standing))
  }

  /** What cannot be noted comes again, and the inbox knows it. */
  async #commit(records: readonly StreamRecord[]): Promise<void> {
    try {
      await this.#stream.commit(records)
    } catch (error) {
      this.#host.warn('the broker could not be told what is done', { producer: this.#stream.producer, error })
    }
  }

  #tell(error: unknown, failures: number): void {
    const about = { producer: this.#stream.producer, error, failures }
    // A broker may be away for hours; the first failures tell, and later ones ever more seldom.
    const isTold = (failures & (failures - 1)) === 0
    if (!(error instanceof StandsStill)) {
      if (isTold) this.#host.warn('events could not be handled, trying again', about)
    } else if (this.#stillBecause !== error.message) this.#host.alarm('events of a producer stand still', about)
    this.#stillBecause = error instanceof StandsStill ? error.message : undefined
  }
}
