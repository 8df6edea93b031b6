import { setTimeout as sleep } from 'node:timers/promises'
import type { EventMessage } from '#libs/contract/event.ts'
import { Fault, Unreachable } from '#libs/problem/problem.ts'
import { type Database, isConnectionLost, isOfTheLoad, type Tx } from '#libs/sql/database.ts'
import { withTrace } from '#libs/telemetry/context.ts'
import type { EventLog, LogPage, Position } from './event-log.ts'
import { lockSubscription, oldestLetterOf, openLetter, park, parkedKeys, resolveLetter } from './parking.ts'
import { traceOf } from './publish.ts'
import type { AskContext, ReactContext, Reaction } from './react.ts'

/** How a subscription meets the rest of its service. */
export interface SubscriptionHost<Own> {
  database: Database
  askContext: AskContext<Own>
  reactContext(tx: Tx): ReactContext<Own>
  /** Called when something goes wrong; the subscription goes on by itself. */
  warn(message: string, details: Record<string, unknown>): void
  /** Called when something was set aside: a person should know, though it is tried again by itself. */
  alarm(message: string, details: Record<string, unknown>): void
  /** Events a transaction takes at most. */
  batchSize: number
}

const ATTEMPTS_BEFORE_PARKING = 5
/** Faults of a batch in a row before it is handled one by one: a fault may be one member's own doing. */
const FAULTS_BEFORE_ONE_BY_ONE = 3
/** Events that concern nobody here move the stored position only every so often: a commit for each page of them would cost more than reading them again. */
const UNSTORED_AT_MOST = 1_000n
/** How long one event may meet nothing but faults (of a service that answers) before it is parked and the others go on. */
const FAULT_PATIENCE_MS = 300_000

/** Raised when another instance moved the position, or a replay changed what is parked, first: their effects stand, ours are rolled back. */
class Overtaken extends Error {}

/** One service following one producer: events in order, effects exactly once. */
export class Subscription<Own> {
  readonly #log: EventLog
  readonly #reactions: Map<string, Reaction<Own>>
  readonly #host: SubscriptionHost<Own>
  #woken = false
  #wake: (() => void) | undefined
  #stopping = false
  #loop: Promise<void> | undefined
  #stopListening: (() => void) | undefined
  #position: Position | undefined
  /** How far events were looked at; past the stored position they were of types that nobody here reacts to. */
  #seen: Position | undefined
  /** Faults in a row of the batch under way. */
  #faults = 0
  /** True when the last look found more events than it handled; for metrics. */
  isBehind = false

  constructor(log: EventLog, reactions: readonly Reaction<Own>[], host: SubscriptionHost<Own>) {
    this.#log = log
    this.#reactions = new Map(reactions.map((reaction) => [reaction.event.type, reaction]))
    this.#host = host
  }

  start(): void {
    this.#stopListening = this.#log.onAppended(() => this.nudge())
    this.#loop = this.#run()
  }

  /** Looks for new events now. */
  nudge(): void {
    this.#woken = true
    this.#wake?.()
  }

  /** Finishes the batch under way and stops. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#stopListening?.()
    this.nudge()
    await this.#loop
  }

  async #run(): Promise<void> {
    let failures = 0
    while (!this.#stopping) {
      try {
        this.#woken = false
        this.isBehind = await this.#step()
        failures = 0
        if (!this.isBehind && !this.#woken) await this.#pause(1_000, true)
      } catch (error) {
        failures += 1
        this.#position = undefined
        this.#seen = undefined
        this.#host.warn('events could not be handled, trying again', { producer: this.#log.producer, error, failures })
        // A busy producer wakes us all the time; that must not shorten the wait for what failed.
        await this.#pause(Math.min(50 * 2 ** failures, 5_000), false)
      }
    }
  }

  /** Waits for `ms`, or until `stop`, or until a nudge where that counts. */
  async #pause(ms: number, untilNudged: boolean): Promise<void> {
    if (this.#stopping) return
    const timer = new AbortController()
    this.#wake = () => {
      if (untilNudged || this.#stopping) timer.abort()
    }
    await sleep(ms, undefined, { signal: timer.signal }).catch(() => {})
    this.#wake = undefined
  }

  /** One page of events; true when more are waiting. */
  async #step(): Promise<boolean> {
    const stored = this.#position ?? (await this.#storedPosition())
    this.#position = stored
    const from = this.#seen ?? stored
    const page = await this.#log.read(from, this.#host.batchSize, [...this.#reactions.keys()])
    if (page.upTo.position === from.position && page.upTo.epoch === from.epoch) return false
    await this.#handlePage(stored, page)
    return page.more || this.#woken
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
    let position = from
    for (const run of runsOf(page.events)) {
      const last = run.at(-1) as { position: bigint }
      const upTo = { epoch: page.upTo.epoch, position: last.position }
      try {
        await this.#deliver(run, position, upTo)
      } catch (error) {
        if (isWaitedFor(error)) throw error
        if (error instanceof Fault && ++this.#faults < FAULTS_BEFORE_ONE_BY_ONE) throw error
        this.#host.warn('a batch of events failed, handling one by one', {
          producer: this.#log.producer,
          error,
          size: run.length,
        })
        await this.#oneByOne(run, position, upTo.epoch)
      }
      this.#faults = 0
      position = upTo
      this.#position = upTo
    }
    this.#seen = page.upTo
    if (page.upTo.epoch === position.epoch && page.upTo.position - position.position < UNSTORED_AT_MOST) return
    await this.#host.database.transact((tx) => this.#advance(tx, position, page.upTo))
    this.#position = page.upTo
  }

  /** Asks for the batch, then records it and moves the position in one transaction. Events of a parked key join the parked ones. */
  async #deliver(events: readonly EventMessage[], from: Position, upTo: Position): Promise<void> {
    const { database } = this.#host
    const parked = await parkedKeys(database.app, this.#log.producer, events)
    const live = events.filter((event) => !parked.has(event.partitionkey))
    const behind = events.filter((event) => parked.has(event.partitionkey))
    const groups = [...Map.groupBy(live, (event) => event.type)].map(([type, group]) => ({
      reaction: this.#reactions.get(type) as Reaction<Own>,
      events: group.map((event) => this.#revived(event)),
    }))
    const first = groups[0]?.events[0]
    const work = async (): Promise<void> => {
      const asked: unknown[] = []
      for (const group of groups) asked.push(await group.reaction.ask?.(group.events as never, this.#host.askContext))
      await database.transact(async (tx) => {
        await this.#advance(tx, from, upTo)
        await this.#assertStillParked(tx, events, parked)
        for (const [i, group] of groups.entries())
          await group.reaction.run(group.events as never, asked[i] as never, this.#host.reactContext(tx))
        for (const event of behind)
          await park(tx, this.#log.producer, event, { error: BEHIND, attempts: 0, now: this.#now() })
      })
      for (const event of behind) this.#alarm(event, { error: BEHIND })
    }
    // A batch carries many acts; what is logged around it belongs to the first, what it publishes names its own.
    await (first === undefined ? work() : withTrace(traceOf(first), work))
  }

  /** A replay may have emptied a key since it was looked up; both hold the subscription's row, so within it the answer stands. */
  async #assertStillParked(tx: Tx, events: readonly EventMessage[], parked: ReadonlySet<string>): Promise<void> {
    if (parked.size === 0) return
    const now = await parkedKeys(tx, this.#log.producer, events)
    if (now.size !== parked.size) throw new Overtaken(`parked events of ${this.#log.producer} were replayed`)
  }

  #revived(event: EventMessage): EventMessage {
    const kind = this.#reactions.get(event.type)?.event
    return kind === undefined ? event : { ...event, data: kind.shape.revive(event.data) }
  }

  async #oneByOne(
    events: readonly (EventMessage & { position: bigint })[],
    from: Position,
    epoch: number,
  ): Promise<void> {
    let position = from
    for (const event of events) {
      const upTo = { epoch, position: event.position }
      await this.#deliverOrPark(event, position, upTo)
      position = upTo
      this.#position = upTo
    }
  }

  async #deliverOrPark(event: EventMessage, position: Position, upTo: Position): Promise<void> {
    const since = this.#now().getTime()
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#deliver([event], position, upTo)
      } catch (error) {
        if (isWaitedFor(error) || this.#stopping) throw error
        if (
          error instanceof Fault ? this.#now().getTime() - since < FAULT_PATIENCE_MS : attempt < ATTEMPTS_BEFORE_PARKING
        ) {
          await this.#pause(Math.min(20 * 2 ** attempt, 5_000), false)
          continue
        }
        await this.#host.database.transact(async (tx) => {
          await this.#advance(tx, position, upTo)
          const met = error instanceof Error ? error.message : String(error)
          await park(tx, this.#log.producer, event, { error: met, attempts: attempt, now: this.#now() })
        })
        this.#alarm(event, { error, attempts: attempt })
        return
      }
    }
  }

  #now(): Date {
    return this.#host.askContext.clock.wall.now()
  }

  #alarm({ id: event_id, type, subject, partitionkey }: EventMessage, details: Record<string, unknown>): void {
    const { producer } = this.#log
    this.#host.alarm('an event was parked', { producer, event_id, type, subject, partitionkey, ...details })
  }

  async #advance(tx: Tx, from: Position, upTo: Position): Promise<void> {
    const moved = await tx`
      update subscriptions set epoch = ${upTo.epoch}, position = ${upTo.position}, updated_at = ${new Date()}
      where producer = ${this.#log.producer} and epoch = ${from.epoch} and position = ${from.position}`
    if (moved.count === 0) throw new Overtaken(`another instance follows ${this.#log.producer} too`)
  }

  /**
   * Runs the parked events of one letter's key again, oldest first, each in its own transaction, and stops at the first that still fails
   * (its error is thrown): so the order of the key is kept, and afterwards its new events go on as usual.
   */
  async replay(dead_letter_id: string): Promise<void> {
    const asked = await openLetter(this.#host.database.app, this.#log.producer, dead_letter_id)
    if (asked === undefined) return
    for (;;) {
      const oldest = await oldestLetterOf(this.#host.database.app, this.#log.producer, asked.event.partitionkey)
      if (oldest === undefined) return
      await this.#replayOne(oldest.dead_letter_id, this.#revived(oldest.event))
    }
  }

  async #replayOne(dead_letter_id: string, event: EventMessage): Promise<void> {
    const { database, askContext, reactContext } = this.#host
    const reaction = this.#reactions.get(event.type)
    if (reaction === undefined) throw new Error(`nobody here reacts to ${event.type}`)
    await withTrace(traceOf(event), async () => {
      const asked = await reaction.ask?.([event] as never, askContext)
      await database.transact(async (tx) => {
        await lockSubscription(tx, this.#log.producer)
        if (await resolveLetter(tx, dead_letter_id, this.#now()))
          await reaction.run([event] as never, asked as never, reactContext(tx))
      })
    })
  }
}

/** The longest stretches in which no key has events of two types, so that handling a stretch type by type keeps the order of every key. */
function runsOf<Event extends EventMessage>(events: readonly Event[]): Event[][] {
  const runs: Event[][] = []
  let run: Event[] = []
  let typeOfKey = new Map<string, string>()
  for (const event of events) {
    const type = typeOfKey.get(event.partitionkey)
    if (type !== undefined && type !== event.type) {
      runs.push(run)
      run = []
      typeOfKey = new Map()
    }
    typeOfKey.set(event.partitionkey, event.type)
    run.push(event)
  }
  if (run.length > 0) runs.push(run)
  return runs
}

const BEHIND = 'an earlier event of this key is parked'

/**
 * Waited for as long as it takes: a dependency is away, a database is, or another instance was quicker. A Fault of a service that answers may
 * be the event's own doing, and anything else is.
 */
function isWaitedFor(error: unknown): boolean {
  if (error instanceof Unreachable || error instanceof Overtaken || isOfTheLoad(error)) return true
  return isConnectionLost(error instanceof Fault ? error.cause : error)
}
