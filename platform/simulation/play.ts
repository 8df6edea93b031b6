import type { Operation } from '#libs/contract/operation.ts'
import type { KeyProvider } from '#libs/crypto/key-provider.ts'
import type { Executor } from '#libs/http/executor.ts'
import type { ServiceDefinition } from '#libs/service/service.ts'
import type { Sql } from '#libs/sql/database.ts'
import type { Server } from '../databases.ts'
import { type Chance, chanceOf } from '../demo/random.ts'
import type { Workload } from './clients.ts'
import { makeDatabase, type SimulatedDatabase, writingFunctions } from './databases.ts'
import { Gate } from './gate.ts'
import type { Invariants } from './invariants.ts'
import { watchServer } from './monitor.ts'
import type { SeededProcess } from './seeded-process.ts'
import { Simulation } from './simulation.ts'
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
export async function play(piece: Piece, { seed, steps, server, world, keys, print }: PlayOptions): Promise<Played> {
  const databases = await makeDatabases(piece, server)
  const databaseOf = (service: string): SimulatedDatabase => databases.get(service) as SimulatedDatabase
  const gate = await gateBefore([...databases.values()], piece, world)
  const trace = new Trace(print)
  const invariants = piece.invariants((service) => databaseOf(service).watching)
  const warnings = new Map<string, number>()
  const simulation = new Simulation({
    world,
    gate,
    chance: chanceOf(`simulation ${seed}`),
    trace,
    invariants,
    workload: piece.workload(chanceOf(`workload ${seed}`)),
    pace_ms: piece.pace_ms,
    faults: piece.faults,
    around: {
      world,
      gate,
      keys,
      services: piece.services,
      targetOf: (service, role) => databaseOf(service).targetOf(role),
      peer: (operation) => playedPeer(piece, operation),
      env: {},
      onLine: (instance, line) => heed(instance, line, warnings, simulation),
    },
  })
  process.on('unhandledRejection', (error) => {
    simulation.alarm(new Violation('nothing fails unheard: it would end the process', [error]))
  })
  const since = { ms: performance.now(), cpu: process.cpuUsage() }
  const failure = await simulation.run(steps).then(
    () => undefined,
    (error: unknown) => error as Error,
  )
  const cpu = process.cpuUsage(since.cpu)
  const seconds = (performance.now() - since.ms) / 1_000
  const books = failure === undefined ? await invariants.digest() : ''
  await gate.end()
  for (const database of databases.values()) await database.drop()
  const { counts, last } = trace
  const figures = { steps: simulation.step, seconds, cpu_seconds: (cpu.user + cpu.system) / 1_000_000 }
  return {
    ...figures,
    commits: gate.commits,
    counts,
    trace: trace.digest(),
    books,
    failure,
    last,
    warnings,
    circles: gate.circles,
  }
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
