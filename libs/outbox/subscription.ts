import { setTimeout as sleep } from 'node:timers/promises'
import type { EventMessage } from '#libs/contract/event.ts'
import { newId } from '#libs/ids/ids.ts'
import { encode } from '#libs/json/json.ts'
import { Fault } from '#libs/problem/problem.ts'
import { type Database, isConnectionLost, type Tx } from '#libs/sql/database.ts'
import { withTrace } from '#libs/telemetry/context.ts'
import type { EventLog, LogPage, Position } from './event-log.ts'
import { traceOf } from './publish.ts'
import type { AskContext, ReactContext, Reaction } from './react.ts'

/** How a subscription meets the rest of its service. */
export interface SubscriptionHost<Own> {
  database: Database
  askContext: AskContext<Own>
  reactContext(tx: Tx): ReactContext<Own>
  /** Called when something goes wrong; the subscription goes on by itself. */
  warn(message: string, details: Record<string, unknown>): void
  /** Events a transaction takes at most. */
  batchSize: number
}

const ATTEMPTS_BEFORE_PARKING = 5

/** Raised when another instance moved the position first: its effects stand, ours are rolled back. */
class PositionMoved extends Error {}

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
  /** How many events behind the last look was; for metrics. */
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
        if (!this.isBehind) await this.#idle(1_000)
      } catch (error) {
        failures += 1
        this.#position = undefined
        this.#host.warn('events could not be handled, trying again', { producer: this.#log.producer, error, failures })
        await this.#idle(Math.min(50 * 2 ** failures, 5_000))
      }
    }
  }

  async #idle(ms: number): Promise<void> {
    if (this.#woken || this.#stopping) return
    const timer = new AbortController()
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve
    })
    await Promise.race([woken, sleep(ms, undefined, { signal: timer.signal }).catch(() => {})])
    timer.abort()
    this.#wake = undefined
  }

  /** One page of events; true when more are waiting. */
  async #step(): Promise<boolean> {
    const from = (this.#position ??= await this.#storedPosition())
    const page = await this.#log.read(from, this.#host.batchSize, [...this.#reactions.keys()])
    if (page.upTo.position === from.position && page.upTo.epoch === from.epoch) return false
    await this.#handlePage(from, page)
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
        if (isTransient(error)) throw error
        this.#host.warn('a batch of events failed, handling one by one', {
          producer: this.#log.producer,
          error,
          size: run.length,
        })
        await this.#oneByOne(run, position)
      }
      position = upTo
      this.#position = upTo
    }
    if (position.position !== page.upTo.position)
      await this.#host.database.transact((tx) => this.#advance(tx, position, page.upTo))
    this.#position = page.upTo
  }

  /** Asks for the batch, then records it and moves the position in one transaction. Events of a parked key join the parked ones. */
  async #deliver(events: readonly EventMessage[], from: Position, upTo: Position): Promise<void> {
    const parked = await this.#parkedKeys(events)
    const live = events.filter((event) => !parked.has(event.partitionkey))
    const groups = [...Map.groupBy(live, (event) => event.type)].map(([type, group]) => ({
      reaction: this.#reactions.get(type) as Reaction<Own>,
      events: group.map((event) => this.#revived(event)),
    }))
    const first = groups[0]?.events[0]
    const work = async (): Promise<void> => {
      const asked: unknown[] = []
      for (const group of groups) asked.push(await group.reaction.ask?.(group.events as never, this.#host.askContext))
      await this.#host.database.transact(async (tx) => {
        await this.#advance(tx, from, upTo)
        for (const [i, group] of groups.entries())
          await group.reaction.run(group.events as never, asked[i] as never, this.#host.reactContext(tx))
        for (const event of events)
          if (parked.has(event.partitionkey)) await this.#park(tx, event, 'an earlier event of this key is parked', 0)
      })
    }
    // A batch carries many acts; what is logged around it belongs to the first, what it publishes names its own.
    await (first === undefined ? work() : withTrace(traceOf(first), work))
  }

  #revived(event: EventMessage): EventMessage {
    const kind = this.#reactions.get(event.type)?.event
    return kind === undefined ? event : { ...event, data: kind.shape.revive(event.data) }
  }

  async #oneByOne(events: readonly (EventMessage & { position: bigint })[], from: Position): Promise<void> {
    let position = from
    for (const event of events) {
      const upTo = { epoch: from.epoch, position: event.position }
      for (let attempt = 1; ; attempt++) {
        try {
          await this.#deliver([event], position, upTo)
          break
        } catch (error) {
          if (isTransient(error) || this.#stopping) throw error
          if (attempt === ATTEMPTS_BEFORE_PARKING) {
            await this.#host.database.transact(async (tx) => {
              await this.#advance(tx, position, upTo)
              await this.#park(tx, event, error instanceof Error ? error.message : String(error), attempt)
            })
            this.#host.warn('an event was parked', { event_id: event.id, type: event.type, error })
            break
          }
          await sleep(20 * 2 ** attempt)
        }
      }
      position = upTo
      this.#position = upTo
    }
  }

  async #parkedKeys(events: readonly EventMessage[]): Promise<Set<string>> {
    const keys = [...new Set(events.map((event) => event.partitionkey))]
    const rows = await this.#host.database.app<{ partitionkey: string }[]>`
      select distinct partitionkey from dead_letters
      where producer = ${this.#log.producer} and resolved_at is null and partitionkey = any(${keys})`
    return new Set(rows.map((row) => row.partitionkey))
  }

  async #park(tx: Tx, event: EventMessage, error: string, attempts: number): Promise<void> {
    await tx`
      insert into dead_letters (dead_letter_id, producer, event_id, type, partitionkey, event, error, attempts, parked_at)
      values (${newId()}, ${this.#log.producer}, ${event.id}, ${event.type}, ${event.partitionkey}, ${encode(event)}::text::json,
        ${error.slice(0, 2_000)}, ${attempts}, ${new Date()})
      on conflict (producer, event_id) do nothing`
  }

  async #advance(tx: Tx, from: Position, upTo: Position): Promise<void> {
    const moved = await tx`
      update subscriptions set epoch = ${upTo.epoch}, position = ${upTo.position}, updated_at = ${new Date()}
      where producer = ${this.#log.producer} and epoch = ${from.epoch} and position = ${from.position}`
    if (moved.count === 0) throw new PositionMoved(`another instance follows ${this.#log.producer} too`)
  }

  /** Runs a parked event's reaction again and, when that works, marks it resolved: later parked events of its key come next, oldest first. */
  async replay(dead_letter_id: string): Promise<void> {
    const { database } = this.#host
    const [row] = await database.app<{ event: EventMessage }[]>`
      select event from dead_letters where dead_letter_id = ${dead_letter_id} and resolved_at is null`
    if (row === undefined) return
    const event = this.#revived(row.event)
    const reaction = this.#reactions.get(event.type)
    if (reaction === undefined) throw new Error(`nobody here reacts to ${event.type}`)
    await withTrace(traceOf(event), async () => {
      const asked = await reaction.ask?.([event] as never, this.#host.askContext)
      await database.transact(async (tx) => {
        const marked =
          await tx`update dead_letters set resolved_at = ${new Date()} where dead_letter_id = ${dead_letter_id} and resolved_at is null`
        if (marked.count === 1) await reaction.run([event] as never, asked as never, this.#host.reactContext(tx))
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

/** Worth waiting for: a dependency is away, or another instance was quicker. Anything else is the event's own fault. */
function isTransient(error: unknown): boolean {
  return error instanceof Fault || error instanceof PositionMoved || isConnectionLost(error)
}
