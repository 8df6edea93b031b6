import { accrueInterest } from '#contracts/api/account.ts'
import type { Operation } from '#libs/contract/operation.ts'
import type { KeyProvider } from '#libs/crypto/key-provider.ts'
import type { Executor } from '#libs/http/executor.ts'
import { service } from '#services/ledger-service/src/service.ts'
import type { Server } from '../databases.ts'
import { chanceOf } from '../demo/random.ts'
import { makeDatabase } from './databases.ts'
import { Gate } from './gate.ts'
import { ledgerInvariants } from './ledger-invariants.ts'
import { LedgerWorkload } from './ledger-workload.ts'
import { watchServer } from './monitor.ts'
import type { SeededProcess } from './seeded-process.ts'
import { Simulation } from './simulation.ts'
import { Trace } from './trace.ts'
import { Violation } from './violation.ts'

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
}

/** Simulates several instances of the ledger on one database. */
export async function playLedger({ seed, steps, server, world, keys, print }: PlayOptions): Promise<Played> {
  const database = await makeDatabase(server, `${process.pid}`, service as never)
  const gate = new Gate(world, watchServer(database.watching))
  const trace = new Trace(print)
  const invariants = ledgerInvariants(database.watching)
  const warnings = new Map<string, number>()
  const chance = chanceOf(`simulation ${seed}`)
  process.on('unhandledRejection', (error) => {
    simulation.alarm(new Violation('nothing fails unheard: it would end the process', [error]))
  })
  const simulation = new Simulation({
    world,
    gate,
    chance,
    trace,
    invariants,
    workload: new LedgerWorkload(chanceOf(`workload ${seed}`)),
    around: {
      world,
      gate,
      keys,
      services: [service as never],
      targetOf: (_service, role) => database.targetOf(role),
      peer: playedAccountService,
      env: {},
      onLine: (instance, line) => heed(instance, line, warnings, simulation),
    },
  })
  let failure: Error | undefined
  const since = { ms: performance.now(), cpu: process.cpuUsage() }
  try {
    await simulation.run(steps)
  } catch (error) {
    failure = error as Error
  }
  const books = failure === undefined ? await invariants.digest() : ''
  await gate.end()
  await database.drop()
  const { counts, last } = trace
  const cpu = process.cpuUsage(since.cpu)
  return {
    steps: simulation.step,
    seconds: (performance.now() - since.ms) / 1_000,
    cpu_seconds: (cpu.user + cpu.system) / 1_000_000,
    commits: gate.commits,
    counts,
    trace: trace.digest(),
    books,
    failure,
    last,
    warnings,
  }
}

/** An error in the log of an instance is a finding; warnings are counted. */
function heed(instance: string, line: string, warnings: Map<string, number>, simulation: Simulation): void {
  const { level, msg, error, message } = JSON.parse(line) as Record<string, unknown>
  const told = `${msg}: ${(error as { message?: string } | undefined)?.message ?? message ?? ''}`
  if (level === 'warn') warnings.set(told, (warnings.get(told) ?? 0) + 1)
  else simulation.alarm(new Violation('no instance reports an error', [{ instance, line }]))
}

/** No account bears interest. */
function playedAccountService(operation: Operation): Executor | undefined {
  if (operation.id !== accrueInterest.id) return undefined
  const answer = { status: 200, reply: { accrued: 0, posted: 0, next_cursor: null }, headers: {} }
  return { contract: operation, execute: async () => answer }
}
