import { createLocalCache } from '#libs/cache/local-cache.ts'
import { bankClock, wallClock } from '#libs/clock/clock.ts'
import { readSettings } from '#libs/config/settings.ts'
import type { Caller } from '#libs/contract/client.ts'
import type { Operation } from '#libs/contract/operation.ts'
import type { KeyProvider } from '#libs/crypto/key-provider.ts'
import { createClient } from '#libs/http/client.ts'
import type { Answer, Executor } from '#libs/http/executor.ts'
import { Unreachable } from '#libs/problem/problem.ts'
import { ServiceRuntime } from '#libs/service/runtime.ts'
import type { ServiceDefinition } from '#libs/service/service.ts'
import { openDatabase, type Target } from '#libs/sql/database.ts'
import { newTrace } from '#libs/telemetry/context.ts'
import { createLog } from '#libs/telemetry/log.ts'
import type { SimulatedBroker } from './broker/simulated-broker.ts'
import type { Gate } from './gate.ts'
import { type Actor, acting, type SeededProcess } from './seeded-process.ts'

/** What the instances of a simulation have in common. */
export interface Surroundings {
  readonly world: SeededProcess
  readonly gate: Gate
  readonly keys: KeyProvider
  /** The services of each instance. */
  readonly services: readonly ServiceDefinition[]
  /** Where a service's database is, as one of its roles. */
  targetOf(service: string, role: 'app' | 'reader'): Target & { host: string; port: number }
  /** Plays an operation of a service that no instance has. */
  peer(operation: Operation): Executor | undefined
  readonly env: Readonly<Record<string, string>>
  /** What takes events from service to service; without it they read each other's logs. */
  readonly broker?: SimulatedBroker
  /** A line of an instance's log, warnings and worse. */
  onLine(instance: string, line: string): void
}

/** One process of the bank: real services on real databases, on a clock of its own, to be killed at any moment. */
export class Instance {
  readonly actor: Actor
  state: 'opening' | 'open' | 'stopping' | 'gone' = 'opening'
  readonly #around: Surroundings
  readonly #runtimes = new Map<string, ServiceRuntime>()
  readonly #cache = createLocalCache()
  #bankOffsetMs = 0

  constructor(name: string, around: Surroundings) {
    this.actor = { name, skewMs: 0, isGone: false }
    this.#around = around
  }

  /** Begins to start; `state` tells when it is there. One that cannot start is gone. */
  open(): void {
    const opening = async (): Promise<void> => {
      for (const definition of this.#around.services) this.#runtimes.set(definition.name, this.#runtimeOf(definition))
      const runtimes = [...this.#runtimes.values()]
      await Promise.all(runtimes.map((runtime) => runtime.open()))
      for (const runtime of runtimes) runtime.start()
      this.#become('open')
    }
    acting.run(this.actor, () => void opening().catch((error: unknown) => this.#fail(error)))
  }

  /** Begins to stop in order: what is under way is finished. */
  stop(): void {
    this.state = 'stopping'
    const stopping = async (): Promise<void> => {
      const runtimes = [...this.#runtimes.values()]
      await Promise.all(runtimes.map((runtime) => runtime.quiesce()))
      await Promise.all(runtimes.map((runtime) => runtime.release()))
      await Promise.all(runtimes.map((runtime) => runtime.database.close()))
      this.#become('gone')
    }
    acting.run(this.actor, () => void stopping().catch((error: unknown) => this.#fail(error)))
  }

  /** Dies: nothing of it runs any more, and nobody hears why. */
  kill(): void {
    this.state = 'gone'
    this.actor.isGone = true
  }

  /** Asks an operation of this instance, as if the request had just come in and were let in. */
  ask(operation: Operation, input: object, caller: Caller, key: string | undefined): Promise<Answer> {
    return acting.run(this.actor, async () => {
      const executor = this.#runtimes.get(operation.service)?.executorOf(operation)
      if (executor === undefined) throw new Error(`no instance has ${operation.id}`)
      return executor.execute({ input: { params: {}, query: {}, body: {}, ...input }, caller, trace: newTrace(), key })
    })
  }

  #become(state: Instance['state']): void {
    this.#around.world.begun += 1
    if (this.state !== 'gone') this.state = state
  }

  #fail(error: unknown): void {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
    this.#around.onLine(this.actor.name, JSON.stringify({ level: 'warn', msg: `it ${this.state} and failed`, message }))
    this.#become('gone')
    this.actor.isGone = true
  }

  #runtimeOf(definition: ServiceDefinition): ServiceRuntime {
    const { gate, keys, env, targetOf, peer, onLine, broker } = this.#around
    const { name: service, settings } = definition
    const gated = (role: 'app' | 'reader'): Target => {
      const target = targetOf(service, role)
      return { ...target, socket: () => gate.open(this.actor, target) }
    }
    const local = (operation: Operation): Executor | undefined =>
      this.#runtimes.get(operation.service)?.executorOf(operation) ?? peer(operation)
    const write = (line: string): void => onLine(this.actor.name, line)
    return new ServiceRuntime(definition, {
      profile: 'sandbox',
      settings: readSettings(settings, env),
      keys,
      database: openDatabase({
        service,
        app: gated('app'),
        reader: gated('reader'),
        appConnections: 4,
        readerConnections: 2,
      }),
      clock: { wall: wallClock, bank: bankClock(wallClock, () => this.#bankOffsetMs) },
      setBankOffset: (offsetMs) => {
        this.#bankOffsetMs = offsetMs
      },
      client: createClient(service, local, nobodyElse),
      cache: this.#cache,
      log: createLog({ service, level: 'warn', destination: { write } }),
      ...(broker === undefined ? {} : { broker: broker.brokerOf(this.actor, service) }),
      logOf: (producer) => this.#runtimes.get(producer)?.events ?? silentLog(producer),
    })
  }
}

const unreachable = (_service: string, operation: Operation): Promise<never> =>
  Promise.reject(new Unreachable(`nobody answers ${operation.id}`))
const nobodyElse = { call: unreachable, callMany: unreachable }

/** The events of a service that is not part of the simulation: there are none. */
function silentLog(producer: string) {
  return {
    producer,
    read: async (after: { epoch: number; position: bigint }) => ({ events: [], upTo: after, more: false }),
    onAppended: () => () => {},
  }
}
