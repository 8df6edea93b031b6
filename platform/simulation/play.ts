import type { Operation } from '#libs/contract/operation.ts'
import type { KeyProvider } from '#libs/crypto/key-provider.ts'
import type { Executor } from '#libs/http/executor.ts'
import type { ServiceDefinition } from '#libs/service/service.ts'
import type { Sql } from '#libs/sql/database.ts'
import type { Server } from '../databases.ts'
import { type Chance, chanceOf } from '../demo/random.ts'
import { HandledEvents } from './broker/handled.ts'
import { SimulatedBroker } from './broker/simulated-broker.ts'
import type { Workload } from './clients.ts'
import { makeDatabase, type SimulatedDatabase, writingFunctions } from './databases.ts'
import { Gate } from './gate.ts'
import type { Invariants } from './invariants.ts'
import { watchServer } from './monitor.ts'
import type { SeededProcess } from './seeded-process.ts'
import { type Setting, Simulation } from './simulation.ts'
import { Trace } from './trace.ts'
import { Violation } from './violation.ts'

/** What is simulated: services, what others want of them, and what must hold. */
export interface Piece {
  readonly services: readonly ServiceDefinition[]
  /** A step takes at most so long, in milliseconds. */
  readonly pace_ms: number
  /** How much more often than in the ledger alone something breaks: where a step is a smaller part of the whole. */
  readonly faults: number
  /** What services that are not part of it answer, by the operation's id. */
  readonly peers: Readonly<Record<string, (input: unknown) => unknown>>
  /** True where the server may break circles of waiting statements, whose transactions are then repeated. */
  readonly breaksCircles: boolean
  /** True where events go from service to service through a broker. */
  readonly isStreamed?: true
  workload(chance: Chance): Workload
  /** `sqlOf` reads a service's database as a role that may read everything. */
  invariants(sqlOf: (service: string) => Sql): Invariants
}

export interface PlayOptions {
  readonly seed: string
  readonly steps: number
  readonly server: Server
  readonly world: SeededProcess
  readonly keys: KeyProvider
  /** Takes each decision as it is made. */
  readonly print?: (line: string) => void
}

/** How a simulation ended. */
export interface Played {
  readonly steps: number
  readonly seconds: number
  /** Of this process; the server's is about as much. */
  readonly cpu_seconds: number
  readonly commits: number
  readonly counts: ReadonlyMap<string, number>
  readonly trace: string
  readonly books: string
  /** What broke, or undefined when all held. */
  readonly failure: Error | undefined
  /** The last decisions before it. */
  readonly last: readonly string[]
  readonly warnings: ReadonlyMap<string, number>
  /** Statements that waited for each other in a circle, which the server broke. */
  readonly circles: readonly (readonly string[])[]
}

/** Simulates several instances of a piece, each service on one database. */
export async function play(piece: Piece, options: PlayOptions): Promise<Played> {
  const databases = await makeDatabases(piece, options.server)
  const gate = await gateBefore([...databases.values()], piece, options.world)
  const trace = new Trace(options.print)
  const warnings = new Map<string, number>()
  const setting = settingOf(piece, options, { databases, gate, trace })
  const onLine = (instance: string, line: string): void => heed(instance, line, warnings, simulation)
  const simulation: Simulation = new Simulation({ ...setting, around: { ...setting.around, onLine } })
  process.on('unhandledRejection', (error) => {
    simulation.alarm(new Violation('nothing fails unheard: it would end the process', [error]))
  })
  const since = { ms: performance.now(), cpu: process.cpuUsage() }
  const failure = await simulation.run(options.steps).then(
    () => undefined,
    (error: unknown) => error as Error,
  )
  const cpu = process.cpuUsage(since.cpu)
  const seconds = (performance.now() - since.ms) / 1_000
  const books = failure === undefined ? await setting.invariants.digest() : ''
  await gate.end()
  for (const database of databases.values()) await database.drop()
  const { counts, last } = trace
  const figures = { steps: simulation.step, seconds, cpu_seconds: (cpu.user + cpu.system) / 1_000_000 }
  const { commits, circles } = gate
  return { ...figures, commits, circles, counts, trace: trace.digest(), books, failure, last, warnings }
}

interface Stage {
  readonly databases: ReadonlyMap<string, SimulatedDatabase>
  readonly gate: Gate
  readonly trace: Trace
}

function settingOf(piece: Piece, { seed, world, keys }: PlayOptions, { databases, gate, trace }: Stage): Setting {
  const databaseOf = (service: string): SimulatedDatabase => databases.get(service) as SimulatedDatabase
  const watching = (service: string): Sql => databaseOf(service).watching
  const { services, pace_ms, faults } = piece
  const handled = new HandledEvents(services, watching)
  const streamed =
    piece.isStreamed === true
      ? { broker: new SimulatedBroker(world, chanceOf(`broker ${seed}`), (record) => handled.sent(record)) }
      : {}
  return {
    world,
    gate,
    chance: chanceOf(`simulation ${seed}`),
    trace,
    invariants: withHandled(piece.invariants(watching), piece.isStreamed === true ? handled : undefined),
    workload: piece.workload(chanceOf(`workload ${seed}`)),
    pace_ms,
    faults,
    ...streamed,
    around: {
      ...streamed,
      world,
      gate,
      keys,
      services,
      targetOf: (service, role) => databaseOf(service).targetOf(role),
      peer: (operation) => playedPeer(piece, operation),
      env: {},
      onLine: () => {},
    },
  }
}

/** Where events go through a broker, also that all are sent and each service handles them in order. */
function withHandled(invariants: Invariants, handled: HandledEvents | undefined): Invariants {
  if (handled === undefined) return invariants
  const checkNews = async (): Promise<void> => {
    await invariants.checkNews()
    await handled.check()
  }
  const checkAll = async (): Promise<void> => {
    await invariants.checkAll()
    await handled.checkRelays()
  }
  return { ...invariants, checkNews, checkAll }
}

async function gateBefore(
  databases: readonly SimulatedDatabase[],
  { breaksCircles }: Piece,
  world: SeededProcess,
): Promise<Gate> {
  const functions = await Promise.all(databases.map(({ watching }) => writingFunctions(watching)))
  const [first] = databases
  return new Gate(world, watchServer((first as SimulatedDatabase).watching), {
    breaksCircles,
    functions: functions.flat(),
    tellTime: async () => void (await Promise.all(databases.map((database) => database.tellTime(world.nowMs)))),
  })
}

async function makeDatabases({ services }: Piece, server: Server): Promise<Map<string, SimulatedDatabase>> {
  const databases = new Map<string, SimulatedDatabase>()
  for (const service of services) databases.set(service.name, await makeDatabase(server, `${process.pid}`, service))
  return databases
}

/** An error in the log of an instance is a finding; warnings are counted. */
function heed(instance: string, line: string, warnings: Map<string, number>, simulation: Simulation): void {
  const { level, msg, error, message } = JSON.parse(line) as Record<string, unknown>
  const told = `${msg}: ${(error as { message?: string } | undefined)?.message ?? message ?? ''}`
  if (level === 'warn') warnings.set(told, (warnings.get(told) ?? 0) + 1)
  else simulation.alarm(new Violation('no instance reports an error', [{ instance, line }]))
}

function playedPeer({ peers }: Piece, operation: Operation): Executor | undefined {
  const answer = peers[operation.id]
  if (answer === undefined) return undefined
  return {
    contract: operation,
    execute: async ({ input }) => ({ status: operation.status, reply: answer(input), headers: {} }),
  }
}
