import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createLocalCache } from '#libs/cache/local-cache.ts'
import { type Clock, isoDate } from '#libs/clock/clock.ts'
import { readSettings } from '#libs/config/settings.ts'
import type { Caller, CallInput, Client } from '#libs/contract/client.ts'
import { type DataOf, type EventKind, type EventMessage, schemaUriOf } from '#libs/contract/event.ts'
import type { InputOf, Operation, ReplyOf } from '#libs/contract/operation.ts'
import { localKeyProvider } from '#libs/crypto/key-provider.ts'
import { createClient } from '#libs/http/client.ts'
import type { Answer, Executor, Request } from '#libs/http/executor.ts'
import { newId } from '#libs/ids/ids.ts'
import { decode, encode } from '#libs/json/json.ts'
import type { EventLog } from '#libs/outbox/event-log.ts'
import { Fault } from '#libs/problem/problem.ts'
import { libraryMigrations } from '#libs/service/migrations.ts'
import { partitionedTables } from '#libs/service/partitions.ts'
import { type RuntimeOptions, ServiceRuntime } from '#libs/service/runtime.ts'
import type { Profile, ServiceDefinition } from '#libs/service/service.ts'
import { openDatabase, openPool, type Sql } from '#libs/sql/database.ts'
import { migrationsIn } from '#libs/sql/migrate.ts'
import { newTrace } from '#libs/telemetry/context.ts'
import { createLog } from '#libs/telemetry/log.ts'
import { createTestDatabase, leakedConnections, type TestDatabase } from './databases.ts'
import { PATIENCE } from './patience.ts'

/** One member's answer of a fake peer: a reply, or a thrown Problem or Fault. */
export type FakePeer<Op extends Operation> = (
  input: InputOf<Op>,
  request: Request,
) => ReplyOf<Op> | Promise<ReplyOf<Op>>

/** A service on a fresh database of its own, with peers that the test plays. */
export interface ServiceTest {
  runtime: ServiceRuntime
  clock: Clock & { /** Moves both clocks forward. */ advance(ms: number): void }
  /** Calls an operation as if authorised callers came over the wire: access is checked, money is bigint. */
  call<Op extends Operation>(
    operation: Op,
    input: CallInput<Op>,
    caller: Caller,
    options?: { key?: string; waitMs?: number },
  ): Promise<Answer & { reply: ReplyOf<Op> }>
  /** Lets the test play another service's operation. */
  peer<Op extends Operation>(operation: Op, answer: FakePeer<Op>): void
  /** Another service's event arrives; returns its id. Sending the same id again is a repeated delivery. */
  receive<Kind extends EventKind>(kind: Kind, data: DataOf<Kind>, id?: string): string
  /** What the service has published, oldest first. */
  published<Kind extends EventKind>(kind: Kind): Promise<DataOf<Kind>[]>
  /** What the service asks others with. */
  client: Client
  /** SQL as the service's app role. */
  sql: Sql
  /** SQL as the owner of the tables. */
  owner: Sql
  /** One more process of the same service, over the same database and with the same peers. */
  anotherRuntime(): Promise<ServiceRuntime>
}

export interface ServiceTestOptions extends Pick<RuntimeOptions, 'recordActs' | 'upkeep'> {
  profile?: Profile
  env?: Record<string, string>
}

/** Opens a service for one test; everything is closed and dropped when the test ends, and a leaked connection fails it. */
export async function openServiceTest<Own>(
  t: TestContext,
  definition: ServiceDefinition<Own>,
  options: ServiceTestOptions = {},
): Promise<ServiceTest> {
  const files = await migrationsIn([...libraryMigrations, fileURLToPath(definition.migrations)])
  const stored = await createTestDatabase(definition.name, files, partitionedTables(definition.partitioned))
  const folder = await mkdtemp(join(tmpdir(), 'bankflow-service-'))
  const clock = movableClock()
  const peers = new FakePeers()
  const logs = new FakeLogs()
  const local = (operation: Operation): Executor | undefined =>
    operation.service === definition.name ? runtime.executorOf(operation) : peers.executorOf(operation)
  const client = createClient(definition.name, local, noRemote)
  const newRuntime = (): ServiceRuntime =>
    runtimeOf(definition as ServiceDefinition, { stored, folder, clock, client, logs, options })
  const runtime = newRuntime()
  const more: ServiceRuntime[] = []
  const sql = openPool(stored.as('app'), { name: 'test-app', max: 2 })
  const owner = openPool(stored.as('owner'), { name: 'test-owner', max: 1 })
  t.after(async () => {
    await Promise.all([runtime, ...more].map((one) => one.stop()))
    await Promise.all([sql.end({ timeout: 1 }), owner.end({ timeout: 1 })])
    const leaked = await leakedConnections(stored.name)
    await stored.drop()
    await rm(folder, { recursive: true, force: true })
    assert.equal(leaked, 0, 'the test leaked a database connection')
  })
  await runtime.open()
  runtime.start()
  return {
    runtime,
    clock,
    client,
    sql,
    owner,
    anotherRuntime: async () => {
      const one = newRuntime()
      more.push(one)
      await one.open()
      one.start()
      return one
    },
    call: callerOf(runtime) as ServiceTest['call'],
    peer: (operation, answer) => peers.set(operation, answer as unknown as FakePeer<Operation>),
    receive: (kind, data, id = newId()) => logs.of(kind.source).append(kind, data, id),
    published: async (kind) => {
      const rows = await sql<{ data: unknown }[]>`select data from outbox_events where type = ${kind.type} order by id`
      return rows.map((row) => kind.shape.revive(row.data)) as never
    },
  }
}

interface Around {
  stored: TestDatabase
  folder: string
  clock: ReturnType<typeof movableClock>
  client: Client
  logs: FakeLogs
  options: ServiceTestOptions
}

function runtimeOf(definition: ServiceDefinition, around: Around): ServiceRuntime {
  const { stored, folder, clock, client, logs, options } = around
  const { name: service, settings } = definition
  const pools = { app: stored.as('app'), reader: stored.as('reader'), appConnections: 4, readerConnections: 2 }
  return new ServiceRuntime(definition, {
    profile: options.profile ?? 'sandbox',
    settings: readSettings(settings, options.env ?? {}),
    keys: localKeyProvider({ file: join(folder, 'master.key'), create: true }),
    database: openDatabase({ service, ...pools }),
    clock,
    setBankOffset: clock.setBankOffset,
    client,
    cache: createLocalCache(),
    log: createLog({ service, level: (process.env.BANKFLOW_TEST_LOG ?? 'fatal') as 'fatal' }),
    logOf: (producer) => logs.of(producer),
    ...(options.recordActs === undefined ? {} : { recordActs: options.recordActs }),
    ...(options.upkeep === undefined ? {} : { upkeep: options.upkeep }),
  })
}

function callerOf(runtime: ServiceRuntime) {
  return (
    operation: Operation,
    { params = {}, query = {}, body = {} }: CallInput<Operation>,
    caller: Caller,
    { key, waitMs }: { key?: string; waitMs?: number } = {},
  ): Promise<Answer> => {
    const executor = runtime.executorOf(operation)
    assert.ok(executor, `${operation.id} is not implemented by ${runtime.definition.name}`)
    const input = { params, query, body } as InputOf<Operation>
    return executor.execute({ input, caller, trace: newTrace(), key, waitMs })
  }
}

/** Waits until `check` holds (returns without throwing, and not false); fails with its last error after `timeoutMs` (times PATIENCE). */
export function eventually<T>(check: () => T | Promise<T>, timeoutMs = 10_000): Promise<Exclude<T, false>> {
  return within(timeoutMs * PATIENCE, check)
}

/** The same for what the bank promises within a time: that time is the same in every lane, however busy the machine. */
export async function within<T>(promisedMs: number, check: () => T | Promise<T>): Promise<Exclude<T, false>> {
  const until = performance.now() + promisedMs
  for (;;) {
    try {
      const result = await check()
      if (result !== false) return result as Exclude<T, false>
      throw new Error('the condition never held')
    } catch (error) {
      if (performance.now() > until) throw error
      await sleep(10)
    }
  }
}

/** A random idempotency key. */
export function aKey(): string {
  return randomBytes(12).toString('hex')
}

function movableClock(): ServiceTest['clock'] & { setBankOffset(ms: number): void } {
  let wallOffset = 0
  let bankOffset = 0
  const now = (): Date => new Date(Date.now() + wallOffset)
  const bankNow = (): Date => new Date(now().getTime() + bankOffset)
  return {
    wall: { now },
    bank: { now: bankNow, businessDate: () => isoDate(bankNow()) },
    advance: (ms) => {
      wallOffset += ms
    },
    setBankOffset: (ms) => {
      bankOffset = ms
    },
  }
}

const noRemote = {
  call: (_service: string, operation: Operation) => Promise.reject(new Fault(`the test plays no ${operation.id}`)),
  callMany: (_service: string, operation: Operation) => Promise.reject(new Fault(`the test plays no ${operation.id}`)),
}

class FakePeers {
  readonly #answers = new Map<string, FakePeer<Operation>>()

  set(operation: Operation, answer: FakePeer<Operation>): void {
    this.#answers.set(`${operation.service} ${operation.id}`, answer)
  }

  executorOf(operation: Operation): Executor | undefined {
    const answer = this.#answers.get(`${operation.service} ${operation.id}`)
    if (answer === undefined) return undefined
    const execute = async (request: Request): Promise<Answer> => ({
      status: operation.status,
      reply: await answer(request.input, request),
      headers: {},
    })
    const submitAll = (requests: readonly Request[]): Promise<PromiseSettledResult<Answer>[]> =>
      Promise.allSettled(requests.map(execute))
    return {
      contract: operation,
      execute,
      batch: { admit: async () => {}, submit: execute, submitAll, drain: async () => {} },
    }
  }
}

class FakeLogs {
  readonly #logs = new Map<string, FakeLog>()

  of(producer: string): FakeLog {
    const log = this.#logs.get(producer) ?? new FakeLog(producer)
    this.#logs.set(producer, log)
    return log
  }
}

class FakeLog implements EventLog {
  readonly producer: string
  readonly #events: (EventMessage & { position: bigint })[] = []
  readonly #listeners = new Set<() => void>()

  constructor(producer: string) {
    this.producer = producer
  }

  append(kind: EventKind, data: unknown, id: string): string {
    const wrong = kind.shape.errorsInside(data)
    assert.deepEqual(wrong, [], `${kind.type} breaks its contract`)
    const record = data as Record<string, unknown>
    const { correlation_id, traceparent } = newTrace()
    this.#events.push({
      id,
      type: kind.type,
      source: kind.source,
      subject: String(record[kind.subject]),
      time: new Date(),
      dataschema: schemaUriOf(kind),
      data: decode(encode(data)),
      partitionkey: String(record[kind.partitionKey]),
      correlationid: correlation_id,
      traceparent,
      position: BigInt(this.#events.length + 1),
    })
    for (const listener of this.#listeners) listener()
    return id
  }

  async read(after: { epoch: number; position: bigint }, limit: number, types: readonly string[]) {
    const page = this.#events.slice(Number(after.position), Number(after.position) + limit)
    const upTo = { epoch: 1, position: page.at(-1)?.position ?? after.position }
    return {
      events: structuredClone(page.filter((event) => types.includes(event.type))),
      upTo,
      more: page.length === limit,
    }
  }

  onAppended(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
