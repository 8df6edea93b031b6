import type { Cache } from '#libs/cache/cache.ts'
import type { Clock } from '#libs/clock/clock.ts'
import type { Settings } from '#libs/config/settings.ts'
import type { Client } from '#libs/contract/client.ts'
import type { EventKind } from '#libs/contract/event.ts'
import type { KeyProvider } from '#libs/crypto/key-provider.ts'
import type { Implementation, OwnerLookup } from '#libs/http/implement.ts'
import type { ConstraintProblems } from '#libs/http/problem-reply.ts'
import type { IdMaker } from '#libs/ids/ids.ts'
import type { Reaction } from '#libs/outbox/react.ts'
import type { ProblemKind } from '#libs/problem/problem.ts'
import type { Database } from '#libs/sql/database.ts'
import type { Log } from '#libs/telemetry/log.ts'

export type Profile = 'sandbox' | 'production'

/** What a service is given when it starts, to make its own resources from. */
export interface Opening {
  profile: Profile
  settings: Readonly<Record<string, unknown>>
  keys: KeyProvider
  database: Database
  clock: Clock
  /** Moves the bank clock of this process; only ledger-service, its owner, does. */
  setBankOffset(offsetMs: number): void
  client: Client
  /** What processes of the bank share to spare work; nothing may be right by it alone. */
  cache: Cache
  mintId: IdMaker
  log: Log
}

/** What a job may use. It opens its own transactions, so that a long piece of work can be many short ones. */
export interface JobContext<Own> extends Client {
  database: Database
  clock: Clock
  own: Own
  mintId: IdMaker
  log: Log
}

/**
 * Time, or a queue, turned into our commands. One process of the service does it at a time; still safe to run in several at once (a process
 * that is cut off learns late that another has taken over) and to be killed anywhere.
 */
export interface Job<Own = unknown> {
  kind: 'job'
  name: string
  everyMs: number
  /** Set where it keeps what a process has in memory: then every process does it. */
  inEveryProcess?: boolean
  run(context: JobContext<Own>): Promise<void>
}

/** A whole service in one value: what it answers, what it reacts to, what it does by itself. */
export interface ServiceDefinition<Own = unknown> {
  name: string
  /** Folder of its `.sql` migrations; a service without data has none. */
  migrations: URL
  settings: Settings
  operations: readonly Implementation<Own>[]
  reactions: readonly Reaction<Own>[]
  jobs: readonly Job<Own>[]
  /** Every event kind it publishes. */
  produces: readonly EventKind[]
  /** Its catalogue of refusals. */
  problems: Readonly<Record<string, ProblemKind>>
  /** Names of database constraints that stand for a refusal. */
  constraints: ConstraintProblems
  /** How it tells whose an object is, by the name of its id. */
  owners: Readonly<Record<string, OwnerLookup<Own>>>
  /** Its tables partitioned by month of the wall clock, besides those of the libraries. */
  partitioned: readonly string[]
  open(opening: Opening): Promise<Own>
  close?(own: Own): Promise<void>
}

/** Declares a service. */
export function defineService<Own>(definition: ServiceDefinition<Own>): ServiceDefinition<Own> {
  return definition
}

/** A maker of one service's jobs, bound to its own settings and resources. */
export function jobsOf<Own>() {
  return function job(name: string, options: Pick<Job<Own>, 'everyMs' | 'inEveryProcess' | 'run'>): Job<Own> {
    return { kind: 'job', name, ...options }
  }
}
