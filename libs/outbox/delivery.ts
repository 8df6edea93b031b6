import type { EventMessage } from '#libs/contract/event.ts'
import { Fault, Unreachable } from '#libs/problem/problem.ts'
import { type Database, isConnectionLost, isOfTheLoad, type Tx } from '#libs/sql/database.ts'
import { inDelivery } from './event-spans.ts'
import type { Pace } from './pace.ts'
import { lockParkedKeys, oldestLetterOf, openLetter, park, parkedKeys, resolveLetter } from './parking.ts'
import type { AskContext, ReactContext, Reaction } from './react.ts'

/** How events meet the rest of the service that reacts to them. */
export interface DeliveryHost<Own> {
  database: Database
  askContext: AskContext<Own>
  reactContext(tx: Tx): ReactContext<Own>
  /** Called when something goes wrong; the delivery goes on by itself. */
  warn(message: string, details: Record<string, unknown>): void
  /** Called when something was set aside or stands still: a person should know, though it is tried again by itself. */
  alarm(message: string, details: Record<string, unknown>): void
  /** Events a transaction takes at most. */
  batchSize: number
}

/** How a way of transport makes an event happen once: by the position that it moves, or by the ids that it keeps. */
export interface Claim<Event extends EventMessage> {
  /** Those that were not handled yet, in their order. Asked before what is parked is looked up: who handles an event parks it then. */
  unhandled(events: readonly Event[]): Promise<readonly Event[]>
  /** In the transaction of the effect: the unhandled of these events are this instance's own. Throws Overtaken when another's they are already. */
  take(tx: Tx, unhandled: readonly Event[], events: readonly Event[]): Promise<void>
  /** The transaction that took them has committed. */
  taken(events: readonly Event[]): void
}

/** Raised when another instance took the events, or a replay changed what is parked, first: their effects stand, ours are rolled back. */
export class Overtaken extends Error {}

const ATTEMPTS_BEFORE_PARKING = 5
/** Faults of a batch in a row before it is handled one by one: a fault may be one member's own doing. */
const FAULTS_BEFORE_ONE_BY_ONE = 3
/** How long one event may meet nothing but faults (of a service that answers) before it is parked and the others go on. */
const FAULT_PATIENCE_MS = 300_000
const BEHIND = 'an earlier event of this key is parked'

/** One service handling one producer's events, in whichever way they come: effects exactly once, the order of each key kept. */
export class Delivery<Own> {
  readonly #producer: string
  readonly #reactions: Map<string, Reaction<Own>>
  readonly #host: DeliveryHost<Own>
  readonly #pace: Pick<Pace, 'pause' | 'stopping'>
  /** Faults in a row of the batch under way. */
  #faults = 0

  constructor(
    producer: string,
    reactions: readonly Reaction<Own>[],
    host: DeliveryHost<Own>,
    pace: Pick<Pace, 'pause' | 'stopping'>,
  ) {
    this.#producer = producer
    this.#reactions = new Map(reactions.map((reaction) => [reaction.event.type, reaction]))
    this.#host = host
    this.#pace = pace
  }

  /** The types of events that anybody here reacts to. */
  get types(): string[] {
    return [...this.#reactions.keys()]
  }

  /**
   * Handles events, all of types that are reacted to, in their order. Throws what is waited for (something is away, somebody was quicker):
   * what was handled until then stands, and the same events may be handed in again.
   */
  async handle<Event extends EventMessage>(events: readonly Event[], claim: Claim<Event>): Promise<void> {
    for (const run of runsOf(events)) {
      try {
        await this.#deliver(run, claim)
      } catch (error) {
        if (isWaitedFor(error)) throw error
        if (error instanceof Fault && ++this.#faults < FAULTS_BEFORE_ONE_BY_ONE) throw error
        const about = { producer: this.#producer, error, size: run.length }
        this.#host.warn('a batch of events failed, handling one by one', about)
        for (const event of run) await this.#deliverOrPark(event, claim)
      }
      this.#faults = 0
    }
  }

  /** Asks for the batch, then records it and takes it in one transaction. Events of a parked key join the parked ones. */
  async #deliver<Event extends EventMessage>(events: readonly Event[], claim: Claim<Event>): Promise<void> {
    const { database } = this.#host
    const unhandled = await claim.unhandled(events)
    const parked = await parkedKeys(database.app, this.#producer, unhandled)
    const behind = unhandled.filter((event) => parked.has(event.partitionkey))
    const live = unhandled.filter((event) => !parked.has(event.partitionkey))
    const work = async (traced: readonly EventMessage[]): Promise<void> => {
      const groups = this.#groupsOf(traced)
      const asked: unknown[] = []
      for (const group of groups) asked.push(await group.reaction.ask?.(group.events as never, this.#host.askContext))
      await database.transact(async (tx) => {
        await claim.take(tx, unhandled, events)
        await this.#assertStillParked(tx, parked)
        for (const [i, group] of groups.entries())
          await group.reaction.run(group.events as never, asked[i] as never, this.#host.reactContext(tx))
        for (const event of behind)
          await park(tx, this.#producer, event, { error: BEHIND, attempts: 0, now: this.#now() })
      })
      claim.taken(events)
      for (const event of behind) this.#alarm(event, { error: BEHIND })
    }
    await inDelivery(database.service, live, work)
  }

  #groupsOf(events: readonly EventMessage[]): { reaction: Reaction<Own>; events: EventMessage[] }[] {
    return [...Map.groupBy(events, (event) => event.type)].map(([type, group]) => ({
      reaction: this.#reactions.get(type) as Reaction<Own>,
      events: group.map((event) => this.#revived(event)),
    }))
  }

  /** A replay may have emptied a key since it was looked up; it resolves the letters that are locked here, so within this transaction the answer stands. */
  async #assertStillParked(tx: Tx, parked: ReadonlySet<string>): Promise<void> {
    if (parked.size === 0) return
    const locked = await lockParkedKeys(tx, this.#producer, [...parked])
    if (locked < parked.size) throw new Overtaken(`parked events of ${this.#producer} were replayed`)
  }

  #revived(event: EventMessage): EventMessage {
    const kind = this.#reactions.get(event.type)?.event
    return kind === undefined ? event : { ...event, data: kind.shape.revive(event.data) }
  }

  async #deliverOrPark<Event extends EventMessage>(event: Event, claim: Claim<Event>): Promise<void> {
    const since = this.#now().getTime()
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#deliver([event], claim)
      } catch (error) {
        if (isWaitedFor(error) || this.#pace.stopping.aborted) throw error
        if (
          error instanceof Fault ? this.#now().getTime() - since < FAULT_PATIENCE_MS : attempt < ATTEMPTS_BEFORE_PARKING
        ) {
          await this.#pace.pause(Math.min(20 * 2 ** attempt, 5_000))
          continue
        }
        return await this.#setAside(event, claim, { error, attempts: attempt })
      }
    }
  }

  async #setAside<Event extends EventMessage>(
    event: Event,
    claim: Claim<Event>,
    met: { error: unknown; attempts: number },
  ): Promise<void> {
    const error = met.error instanceof Error ? met.error.message : String(met.error)
    await this.#host.database.transact(async (tx) => {
      await claim.take(tx, [event], [event])
      await park(tx, this.#producer, event, { error, attempts: met.attempts, now: this.#now() })
    })
    claim.taken([event])
    this.#alarm(event, met)
  }

  #now(): Date {
    return this.#host.askContext.clock.wall.now()
  }

  #alarm({ id: event_id, type, subject, partitionkey }: EventMessage, details: Record<string, unknown>): void {
    const about = { producer: this.#producer, event_id, type, subject, partitionkey }
    this.#host.alarm('an event was parked', { ...about, ...details })
  }

  /**
   * Runs the parked events of one letter's key again, oldest first, each in its own transaction, and stops at the first that still fails
   * (its error is thrown): so the order of the key is kept, and afterwards its new events go on as usual.
   */
  async replay(dead_letter_id: string): Promise<void> {
    const asked = await openLetter(this.#host.database.app, this.#producer, dead_letter_id)
    if (asked === undefined) return
    for (;;) {
      const oldest = await oldestLetterOf(this.#host.database.app, this.#producer, asked.event.partitionkey)
      if (oldest === undefined) return
      await this.#replayOne(oldest.dead_letter_id, this.#revived(oldest.event))
    }
  }

  async #replayOne(dead_letter_id: string, event: EventMessage): Promise<void> {
    const { database, askContext, reactContext } = this.#host
    const reaction = this.#reactions.get(event.type)
    if (reaction === undefined) throw new Error(`nobody here reacts to ${event.type}`)
    await inDelivery(database.service, [event], async (events) => {
      const asked = await reaction.ask?.(events as never, askContext)
      await database.transact(async (tx) => {
        if (await resolveLetter(tx, dead_letter_id, this.#now()))
          await reaction.run(events as never, asked as never, reactContext(tx))
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

/**
 * Waited for as long as it takes: a dependency is away, a database is, or another instance was quicker. A Fault of a service that answers may
 * be the event's own doing, and anything else is.
 */
function isWaitedFor(error: unknown): boolean {
  if (error instanceof Unreachable || error instanceof Overtaken || isOfTheLoad(error)) return true
  return isConnectionLost(error instanceof Fault ? error.cause : error)
}
