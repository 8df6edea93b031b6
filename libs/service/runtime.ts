import { EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '#libs/clock/clock.ts'
import type { Client } from '#libs/contract/client.ts'
import type { Operation } from '#libs/contract/operation.ts'
import { sealer } from '#libs/crypto/envelope.ts'
import { AUDIT_PURPOSE } from '#libs/http/audit.ts'
import { createExecutor } from '#libs/http/execute.ts'
import type { Executor, OperationHost } from '#libs/http/executor.ts'
import { forgetOldKeys } from '#libs/http/idempotency.ts'
import { forgetUsedProofs } from '#libs/http/step-up.ts'
import { type IdMaker, idMaker } from '#libs/ids/ids.ts'
import type { DeliveryHost } from '#libs/outbox/delivery.ts'
import { type EventLog, readOutbox } from '#libs/outbox/event-log.ts'
import { forgetHandled } from '#libs/outbox/inbox.ts'
import { takeDueLetters } from '#libs/outbox/parking.ts'
import type { Reaction } from '#libs/outbox/react.ts'
import { SEQUENCE_AT_ONCE, sequenceOnce } from '#libs/outbox/sequencer.ts'
import type { Broker } from '#libs/outbox/stream.ts'
import { StreamSubscription } from '#libs/outbox/stream-subscription.ts'
import { Subscription } from '#libs/outbox/subscription.ts'
import { invariant } from '#libs/problem/problem.ts'
import type { Database } from '#libs/sql/database.ts'
import { isUnreconciled } from '#libs/sql/restores.ts'
import { inPartOf, type SpanStart } from '#libs/telemetry/spans.ts'
import { createShipping, type Shipping } from './audit-shipping.ts'
import { createLease, HELD_FOR_MS, type Lease } from './lease.ts'
import { Loop } from './loop.ts'
import { ensureServicePartitions, partitionedTables } from './partitions.ts'
import { startRelaying } from './relaying.ts'
import type { Opening, ServiceDefinition } from './service.ts'
import { type Upkeep, upkeepExecutors } from './upkeep.ts'

export interface RuntimeOptions extends Omit<Opening, 'client' | 'mintId'> {
  client: Client
  /** The log of another service's events: in this process or over HTTP. */
  logOf(producer: string): EventLog
  /** What takes events from service to service; without it they read each other's logs. */
  broker?: Broker
  /** Takes acts into the audit trail; without it they stay where they were written. */
  recordActs?: Operation
  /** What the service answers about itself. */
  upkeep?: Upkeep
}

/** A busy service commits more often than this: its events then get their positions together, by one call. */
const SEQUENCE_EVERY_MS = 10
const SEQUENCER_LOOK_MS = 1_000
/** While other processes of the service give positions too, one looks this often for those that it is to tell its own readers of. */
const OTHERS_LOOK_MS = 50
/** How long after the last of theirs. */
const OTHERS_KEPT_MS = 60_000
const DAY_MS = 86_400_000
const HOUSEKEEPING_MS = 600_000
const REPLAY_LOOK_MS = 1_000
/** The lease of the process that does the jobs. */
const WORKER = 'worker'
/** How often a restored service looks whether it may go on. */
const RECONCILED_LOOK_MS = 1_000
/** Keys of parked events that one look runs again. */
const REPLAYED_AT_ONCE = 20

/** One service at work over its database. */
export class ServiceRuntime {
  readonly definition: ServiceDefinition
  readonly executors = new Map<string, Executor>()
  readonly database: Database
  readonly events: EventLog
  /** Transactions of this process, for metrics. */
  readonly load: Load = { under_way: 0, committed: 0, failed: 0 }
  readonly #options: RuntimeOptions
  readonly #appended = new EventEmitter().setMaxListeners(0)
  readonly #loops: Loop[] = []
  readonly #subscriptions = new Map<string, Subscription<unknown> | StreamSubscription<unknown>>()
  readonly #mintId: IdMaker = idMaker()
  readonly #worker: Lease
  #shipping: Shipping | undefined
  #relaying: { stop(): Promise<void> } | undefined
  #sequencer: Loop | undefined
  /** Its database was restored, and what the bank's databases say of each other was not compared yet. */
  #isRestored = false
  #own: unknown
  #isOpen = false
  #isStopping = false
  #sequencedAt = Number.NEGATIVE_INFINITY
  /** Up to where positions are given, as far as this process knows. */
  #head: bigint | undefined
  #othersSeenAt = Number.NEGATIVE_INFINITY

  constructor(definition: ServiceDefinition, options: RuntimeOptions) {
    this.definition = definition
    this.#options = options
    this.#worker = createLease({ app: options.database.app, name: WORKER })
    this.database = waking(options.database, this.load, () => {
      this.#sequencer?.nudge()
      this.#shipping?.nudge()
    })
    this.events = {
      producer: definition.name,
      read: (after, limit, types) => readOutbox(this.database.reader, definition.name, after, limit, types),
      onAppended: (listener) => {
        this.#appended.on('appended', listener)
        return () => this.#appended.off('appended', listener)
      },
    }
  }

  /** Opens the service's resources and makes its operations callable. Peers may not be open yet, so nothing is asked of them. */
  async open(): Promise<void> {
    const { definition, database } = this
    const options = this.#options
    await this.#makePartitions(options.clock)
    this.#isRestored = await isUnreconciled(database.app)
    this.#own = await definition.open({ ...options, database, mintId: this.#mintId })
    this.#isOpen = true
    const host: OperationHost = {
      service: definition.name,
      database,
      clock: options.clock,
      own: this.#own,
      client: options.client,
      mintId: this.#mintId,
      owners: definition.owners,
      constraints: definition.constraints,
      requiresStepUp: options.profile === 'production',
      changes: sealer(options.keys, AUDIT_PURPOSE),
    }
    for (const implementation of definition.operations)
      this.executors.set(implementation.contract.id, createExecutor(implementation, host, this.executors))
    const replay = (producer: string, id: string): Promise<void> => this.replayDeadLetter(producer, id)
    for (const executor of options.upkeep === undefined ? [] : upkeepExecutors(options.upkeep, host, replay))
      this.executors.set(executor.contract.id, executor)
  }

  /**
   * Starts what goes on by itself: the sequencer, the subscriptions and the jobs. After a restore only what keeps the memory of the process, until the
   * databases were compared: a saga that went on before would act on what others do not know, or know better.
   */
  start(): void {
    const { name, jobs } = this.definition
    const { log } = this.#options
    this.#startJobs(jobs.filter(({ inEveryProcess }) => inEveryProcess))
    if (!this.#isRestored) {
      this.#goOn()
      return
    }
    log.warn({ service: name }, 'it was restored: nothing goes on by itself until npm run reconcile has compared it')
    const watch = this.#begin(`${name} restore`, RECONCILED_LOOK_MS, async () => {
      if ((await isUnreconciled(this.#options.database.app)) || this.#isStopping) return false
      void watch.stop()
      this.#goOn()
      return false
    })
  }

  #goOn(): void {
    const { definition } = this
    const options = this.#options
    const { client, log } = options
    const { name } = definition
    const everyMs = (): number =>
      performance.now() - this.#othersSeenAt < OTHERS_KEPT_MS ? OTHERS_LOOK_MS : SEQUENCER_LOOK_MS
    this.#sequencer = this.#begin(`${name} sequencer`, everyMs, () => this.#sequence())
    // Jobs that take long do not ask meanwhile, so the lease has a loop of its own.
    const elect = this.#alone(async () => false)
    this.#begin(`${name} election`, HELD_FOR_MS / 3, elect)
    this.#startJobs(definition.jobs.filter(({ inEveryProcess }) => !inEveryProcess))
    const keepHouse = this.#alone(() => this.#keepHouse())
    this.#begin(`${name} housekeeping`, HOUSEKEEPING_MS, keepHouse)
    const replay = this.#alone(() => this.#replayDue())
    if (definition.reactions.length > 0) this.#begin(`${name} replays`, REPLAY_LOOK_MS, replay)
    const { database: quiet, recordActs } = options
    if (recordActs !== undefined) {
      this.#shipping = createShipping({ service: name, database: quiet, client, log, recordActs })
      this.#shipping.start()
    }
    this.#relay()
    for (const [producer, reactions] of Map.groupBy(definition.reactions, (reaction) => reaction.event.source))
      this.#follow(producer, reactions)
  }

  #begin(name: string, everyMs: number | (() => number), work: () => Promise<boolean>): Loop {
    const loop = new Loop(name, everyMs, this.#options.log, work)
    this.#loops.push(loop)
    loop.start()
    return loop
  }

  #startJobs(jobs: ServiceDefinition['jobs']): void {
    const { client, clock, log } = this.#options
    const { database } = this
    for (const job of jobs) {
      const context = { ...client, database, clock, own: this.#own, mintId: this.#mintId, log }
      const run = (): Promise<boolean> => job.run(context).then(() => false)
      this.#begin(`${this.definition.name} ${job.name}`, job.everyMs, job.inEveryProcess ? run : this.#alone(run))
    }
  }

  /** Work of the one process of this service that was elected; in any other it is left. */
  #alone(work: () => Promise<boolean>): () => Promise<boolean> {
    return async () => (await this.#worker.hold()) && work()
  }

  #follow(producer: string, reactions: readonly Reaction[]): void {
    const { client, clock, log, logOf, broker } = this.#options
    const own = this.#own
    const host: DeliveryHost<unknown> = {
      database: this.database,
      askContext: { ...client, clock, own },
      reactContext: (tx) => ({ tx, clock, own, mintId: this.#mintId }),
      warn: (message, details) => log.warn({ ...details, service: this.definition.name }, message),
      alarm: (message, details) => log.error({ ...details, service: this.definition.name }, message),
      batchSize: 500,
    }
    const subscription =
      broker === undefined
        ? new Subscription(producer === this.definition.name ? this.events : logOf(producer), reactions, host)
        : new StreamSubscription(broker.streamOf(producer, topicsOf(reactions)), reactions, host)
    this.#subscriptions.set(producer, subscription)
    subscription.start()
  }

  /** Hands the service's own events to the broker, where there is one. */
  #relay(): void {
    const { definition, database, events } = this
    const { broker, clock, log } = this.#options
    if (broker === undefined || definition.produces.length === 0) return
    const alone = (work: () => Promise<boolean>): (() => Promise<boolean>) => this.#alone(work)
    this.#relaying = startRelaying({ definition, database, events, broker, log, alone, now: () => clock.wall.now() })
  }

  /** The executor of an operation of this service. */
  executorOf(operation: Operation): Executor | undefined {
    return this.executors.get(operation.id)
  }

  /** Runs a parked event again. */
  async replayDeadLetter(producer: string, dead_letter_id: string): Promise<void> {
    const subscription = this.#subscriptions.get(producer)
    invariant(subscription !== undefined, `${this.definition.name} no longer follows ${producer}`)
    await subscription.replay(dead_letter_id)
  }

  /** Runs the keys of parked events again whose time has come, one after the other; what fails again waits for its next time. */
  async #replayDue(): Promise<boolean> {
    const { clock, database, log } = this.#options
    const due = await takeDueLetters(database.app, clock.wall.now(), REPLAYED_AT_ONCE)
    for (const { producer, dead_letter_id } of due) {
      if (this.#isStopping) break
      const about = { service: this.definition.name, producer, dead_letter_id }
      try {
        await this.replayDeadLetter(producer, dead_letter_id)
        log.info(about, 'a parked event and those behind it were handled')
      } catch (error) {
        log.error({ ...about, error }, 'a parked event failed again and is tried later')
      }
    }
    return due.length === REPLAYED_AT_ONCE
  }

  /** Lets what is under way finish, then stops reacting and closes its connections. */
  async stop(): Promise<void> {
    await this.quiesce()
    await this.release()
    await this.database.close()
  }

  /** The first part of a stop: nothing new is begun by itself. What others ask is still answered. */
  async quiesce(): Promise<void> {
    this.#isStopping = true
    await Promise.all([...this.#subscriptions.values()].map((subscription) => subscription.stop()))
    await Promise.all([...this.#loops.map((loop) => loop.stop()), this.#shipping?.stop(), this.#relaying?.stop()])
    await this.#options.broker?.close()
    // Another process goes on at once; were it not told, it would within seconds.
    await this.#worker
      .release()
      .catch((error: unknown) => this.#options.log.warn({ error }, 'a lease runs out by itself'))
  }

  /** The second part: what was gathered is decided, and the service's own resources are given back, jobs under way done. */
  async release(): Promise<void> {
    await Promise.all([...this.executors.values()].map((executor) => executor.batch?.drain()))
    if (this.#isOpen) await this.definition.close?.(this.#own)
  }

  async #sequence(): Promise<boolean> {
    const rest_ms = this.#sequencedAt + SEQUENCE_EVERY_MS - performance.now()
    if (rest_ms > 0) await sleep(rest_ms)
    // Not through `this.database`: its own commits would wake the sequencer for ever.
    const { count, before } = await sequenceOnce(this.#options.database)
    const areThereOthers = this.#head !== undefined && this.#head !== before
    this.#head = before + BigInt(count)
    const isMore = count >= SEQUENCE_AT_ONCE
    const now = performance.now()
    this.#sequencedAt = isMore ? Number.NEGATIVE_INFINITY : now
    if (areThereOthers) this.#othersSeenAt = now
    if (count > 0 || areThereOthers) this.#appended.emit('appended')
    return isMore
  }

  async #keepHouse(): Promise<boolean> {
    await this.#makePartitions(this.#options.clock)
    const { app } = this.database
    const now = this.#options.clock.wall.now()
    const gone = await Promise.all([forgetOldKeys(app, now), forgetUsedProofs(app, now)])
    const { broker } = this.#options
    // A record of before a new epoch is sent again within the retention, and then kept for as long.
    const before = broker === undefined ? undefined : new Date(now.getTime() - 2 * broker.retentionMs - DAY_MS)
    const isMore = before !== undefined && (await forgetHandled({ app }, before))
    return isMore || gone.some((count) => count > 0)
  }

  async #makePartitions(clock: Clock): Promise<void> {
    const tables = partitionedTables(this.definition.partitioned)
    await ensureServicePartitions(this.database.app, tables, clock.wall.now())
  }
}

/** The topics of what is reacted to. */
function topicsOf(reactions: readonly Reaction[]): string[] {
  return [...new Set(reactions.map(({ event }) => event.topic))]
}

/** Transactions that are open or wait for a connection, and what became of those before. */
interface Load {
  under_way: number
  committed: number
  failed: number
}

/** A transaction in the trace of its act; what it says to the server is not told. */
function transactionSpan({ service }: Database): SpanStart {
  const attributes = { 'db.system.name': 'postgresql', 'db.operation.name': 'transaction', 'db.namespace': service }
  return { service, kind: 'client', attributes }
}

/** A database whose commits wake what goes on: an event or an act is on its way as soon as it is committed. */
function waking(database: Database, load: Load, wake: () => void): Database {
  const span = transactionSpan(database)
  return {
    ...database,
    transact: async (work) => {
      load.under_way += 1
      try {
        const result = await inPartOf('transaction', span, () => database.transact(work))
        load.committed += 1
        wake()
        return result
      } catch (error) {
        load.failed += 1
        throw error
      } finally {
        load.under_way -= 1
      }
    },
  }
}
