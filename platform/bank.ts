import type { KeyObject } from 'node:crypto'
import { recordActs } from '#contracts/api/audit.ts'
import { getSessionState, listKeys, listRevocations } from '#contracts/api/identity.ts'
import { spendOnce as spendOnceInBank } from '#contracts/api/identity-oauth.ts'
import { getBusinessDate } from '#contracts/api/ledger-days.ts'
import { upkeepOf } from '#contracts/api/upkeep.ts'
import { REVOCATIONS } from '#contracts/nudges.ts'
import { telling } from '#libs/cache/after-commit.ts'
import type { Cache } from '#libs/cache/cache.ts'
import { createLocalCache } from '#libs/cache/local-cache.ts'
import { bankClock, type Clock, wallClock } from '#libs/clock/clock.ts'
import { compareClocks, MENDED_AT_MOST_MS } from '#libs/clock/true-time.ts'
import { readSettings } from '#libs/config/settings.ts'
import type { Client } from '#libs/contract/client.ts'
import type { InputOf, Operation } from '#libs/contract/operation.ts'
import type { KeyProvider } from '#libs/crypto/key-provider.ts'
import type { SigningKey } from '#libs/crypto/signing-keys.ts'
import { createClient } from '#libs/http/client.ts'
import { createDiscovery, type Discovery } from '#libs/http/discovery.ts'
import type { Executor } from '#libs/http/executor.ts'
import { createRemotePeers, fetchAs } from '#libs/http/remote.ts'
import { TokenVerifier } from '#libs/http/verifier.ts'
import { idMaker } from '#libs/ids/ids.ts'
import type { EventLog } from '#libs/outbox/event-log.ts'
import { createRemoteLog } from '#libs/outbox/remote-log.ts'
import { Loop } from '#libs/service/loop.ts'
import { ServiceRuntime } from '#libs/service/runtime.ts'
import type { Opening, Profile, ServiceDefinition } from '#libs/service/service.ts'
import { openDatabase, type Target } from '#libs/sql/database.ts'
import type { Log } from '#libs/telemetry/log.ts'
import { settings as gatewaySettings } from '#services/api-gateway/src/config.ts'
import { GATEWAY, services } from './catalogue.ts'
import { databaseOptionsOf } from './databases.ts'
import { type EventTransport, eventTransportOf } from './event-transport.ts'
import { type DatabaseTuning, PLAIN_TUNING } from './postgres-settings.ts'
import { Readiness } from './readiness.ts'

export interface BankOptions {
  profile: Profile
  /** Services (and the gateway) of this process. */
  here: readonly string[]
  env: Readonly<Record<string, string | undefined>>
  keys: KeyProvider
  targetOf(service: string, role: 'app' | 'reader'): Target
  /** Replicas of a service's database, for reads that tolerate it. */
  replicasOf?(service: string): Target | undefined
  tuning?: DatabaseTuning
  /** What its processes share; this process's own without it. */
  cache?: Cache
  log: Log
  /** Where a service of another process is: an address, several with commas, or a name whose addresses count (`dns://name:port`). */
  urlOf(service: string): string | undefined
  keyOf(service: string): SigningKey
  keysOfService(service: string): ReadonlyMap<string, KeyObject>
}

const CLOCK_PACE_MS = 1_000
/** How often a process compares its clock with that of its database server. */
const TRUE_TIME_PACE_MS = 10_000
/** Questions at a start, at most, until an answer leaves no doubt. */
const TRUE_TIME_QUESTIONS = 5
/** What a sandbox may be known by to third parties: it listens on this machine alone, at any port. */
const LOOPBACK_ORIGIN = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/

/** The services of one process, joined: calls go straight to a neighbour and over HTTP to anybody else. */
export class Bank {
  readonly runtimes = new Map<string, ServiceRuntime>()
  readonly verifier: TokenVerifier
  readonly clock: Clock
  /** Asks for the process itself: as the gateway where it is here, else as the first service. */
  readonly client: Client
  readonly options: BankOptions
  readonly readiness = new Readiness()
  readonly cache: Cache
  /** The other processes of the bank. */
  readonly others: Discovery
  /** What takes events from service to service; undefined for a bank whose services read each other's. */
  readonly events: EventTransport | undefined
  readonly #remoteLogs: { close(): void }[] = []
  readonly #clockLoop: Loop | undefined
  readonly #trueTimeLoop: Loop
  /** How far this process's clock was off when it was last compared, in milliseconds: positive when it was behind. */
  skew_ms = 0
  #bankOffsetMs = 0

  constructor(options: BankOptions) {
    this.options = options
    this.cache = options.cache ?? createLocalCache()
    this.others = createDiscovery({ addressesOf: options.urlOf })
    this.events = eventTransportOf(options.env, options.profile, options.log)
    this.clock = { wall: wallClock, bank: bankClock(wallClock, () => this.#bankOffsetMs) }
    this.client = this.#clientOf(options.here.includes(GATEWAY) ? GATEWAY : (options.here[0] as string))
    for (const definition of services)
      if (options.here.includes(definition.name)) this.runtimes.set(definition.name, this.#runtimeOf(definition))
    this.verifier = this.#verifier()
    if (!this.runtimes.has('ledger-service')) {
      this.#clockLoop = new Loop('bank clock', CLOCK_PACE_MS, options.log, async () => {
        this.#bankOffsetMs = (await this.client.call(getBusinessDate, {})).offset_ms
        return false
      })
    }
    this.#trueTimeLoop = new Loop('true time', TRUE_TIME_PACE_MS, options.log, async () => {
      await this.#keepTrueTime()
      return false
    })
  }

  /** Opens every service, then starts what goes on by itself. */
  async open(): Promise<void> {
    // Before anything acts by it: the first question may have waited for its connection. Who cannot be asked yet is asked by the loop below, again and again.
    for (let asked = 0; asked < TRUE_TIME_QUESTIONS; asked++) if (await this.#keepTrueTime().catch(() => true)) break
    await Promise.all([...this.runtimes.values()].map((runtime) => runtime.open()))
    for (const runtime of this.runtimes.values()) runtime.start()
    this.verifier.start()
    // Pushed where processes share a cache; all of them ask by themselves as well.
    if (this.cache.figures().kind === 'redis') this.cache.subscribe(REVOCATIONS, () => void this.verifier.hurry())
    this.#clockLoop?.start()
    this.#trueTimeLoop.start()
  }

  /** Lets what is under way finish and closes everything. */
  async stop(): Promise<void> {
    await this.verifier.stop()
    for (const log of this.#remoteLogs) log.close()
    // All together, part by part: what one service still has under way may ask another.
    const runtimes = [...this.runtimes.values()]
    await Promise.all(runtimes.map((runtime) => runtime.quiesce()))
    await Promise.all(runtimes.map((runtime) => runtime.release()))
    await Promise.all(runtimes.map((runtime) => runtime.database.close()))
    await Promise.all([this.#clockLoop?.stop(), this.#trueTimeLoop.stop()])
    this.others.stop()
  }

  /** The executor of an operation whose service is in this process. */
  executorOf(operation: Operation): Executor | undefined {
    return this.runtimes.get(operation.service)?.executorOf(operation)
  }

  /** What a service is given at its start, for tools that act as the service (seeding). */
  openingOf(service: string): Opening {
    const runtime = this.runtimes.get(service)
    if (runtime === undefined) throw new Error(`${service} is not in this process`)
    return {
      ...this.#commonOpening(runtime.definition),
      database: runtime.database,
      client: this.#clientOf(service),
      mintId: idMaker(),
    }
  }

  /**
   * Processes of one bank must agree on the time: tokens and proofs of possession are young or old by it, and a job of one judges what another
   * wrote. Each keeps its database server's; one without a database that of the ledger. False when the answer took too long to say anything, and
   * after a mend, which is as exact as the answer was quick.
   */
  async #keepTrueTime(): Promise<boolean> {
    const [own] = this.runtimes.values()
    const found = await compareClocks(async () => {
      if (own !== undefined) {
        const [row] = await own.database.app<{ now: Date }[]>`select clock_timestamp() as now`
        return (row as { now: Date }).now.getTime()
      }
      const { bank_time, offset_ms } = await this.client.call(getBusinessDate, {})
      return Date.parse(bank_time) - offset_ms
    })
    if (found === undefined) return false
    const { skew_ms, isMended } = found
    this.skew_ms = skew_ms
    if (isMended) this.options.log.warn({ skew_ms }, 'the clock of this process was wrong and was set right')
    else if (Math.abs(skew_ms) > MENDED_AT_MOST_MS)
      this.options.log.error({ skew_ms }, 'the clock of this process shows another time than its database')
    return !isMended
  }

  #verifier(): TokenVerifier {
    const { env, profile, here } = this.options
    const { public_origin } = readSettings(gatewaySettings, env)
    const spendOnce = async (spent: InputOf<typeof spendOnceInBank>['body']): Promise<boolean> =>
      (await this.client.call(spendOnceInBank, { body: spent })).is_first
    return new TokenVerifier(
      {
        keys: async () => (await this.client.call(listKeys, {})).keys,
        revocations: (after) => this.client.call(listRevocations, { query: after === null ? {} : { after } }),
        isActive: async (session_id) => (await this.client.call(getSessionState, { params: { session_id } })).is_active,
        ...(here.includes(GATEWAY) ? { spendOnce } : {}),
      },
      () => Date.now(),
      (origin) => origin === public_origin || (profile === 'sandbox' && LOOPBACK_ORIGIN.test(origin)),
    )
  }

  #commonOpening(definition: ServiceDefinition): Omit<Opening, 'client' | 'mintId' | 'database'> {
    const { profile, keys, log, env } = this.options
    const setBankOffset = (offsetMs: number): void => {
      this.#bankOffsetMs = offsetMs
    }
    return {
      profile,
      keys,
      clock: this.clock,
      cache: this.cache,
      setBankOffset,
      log: log.child({ service: definition.name }),
      settings: readSettings(definition.settings, env),
    }
  }

  #runtimeOf(definition: ServiceDefinition): ServiceRuntime {
    const { targetOf, replicasOf, tuning = PLAIN_TUNING } = this.options
    const { name } = definition
    const opened = openDatabase(databaseOptionsOf(name, tuning, targetOf, replicasOf))
    const database = this.cache.figures().kind === 'redis' ? telling(opened, this.cache) : opened
    const broker = this.events?.brokerFor(name)
    return new ServiceRuntime(definition, {
      ...this.#commonOpening(definition),
      database,
      client: this.#clientOf(name),
      logOf: (producer) => this.#logOf(name, producer),
      ...(broker === undefined ? {} : { broker }),
      recordActs,
      upkeep: upkeepOf(name),
    })
  }

  #clientOf(service: string): Client {
    const remote = createRemotePeers({ others: this.others, key: this.options.keyOf(service), nowS })
    return createClient(service, (operation) => this.executorOf(operation), remote)
  }

  #logOf(consumer: string, producer: string): EventLog {
    const local = this.runtimes.get(producer)
    if (local !== undefined) return local.events
    const as = { others: this.others, key: this.options.keyOf(consumer), nowS }
    const log = createRemoteLog(producer, fetchAs(consumer, as))
    this.#remoteLogs.push(log)
    return log
  }
}

function nowS(): number {
  return Math.floor(Date.now() / 1000)
}
