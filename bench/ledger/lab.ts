import { rm } from 'node:fs/promises'
import type { FastifyInstance } from 'fastify'
import type { SigningKey } from '#libs/crypto/signing-keys.ts'
import type { ServiceRuntime } from '#libs/service/runtime.ts'
import { openPool, type Sql } from '#libs/sql/database.ts'
import { rolesOf } from '#libs/sql/migrate.ts'
import { createMetrics } from '#libs/telemetry/metrics.ts'
import type { EmbeddedServer } from '#platform/embedded/server.ts'
import { makeTemporaryHome } from '#platform/embedded/temporary-home.ts'
import { serviceListener } from '#platform/listeners.ts'
import { openOver } from '#platform/testing/bank-over.ts'
import { listening, openWhole, startFreshServer } from '../fresh-server.ts'
import { caughtUp, type Lag } from './caught-up.ts'
import type { Figure } from './figure.ts'
import type { LedgerOptions, ScaleOptions } from './options.ts'
import { openAccounts } from './postings.ts'
import { openScaledBooks } from './scale/books.ts'
import { accountId, type Plan } from './scale/plan.ts'

export const LEDGER = 'ledger-service'

/** Customers' accounts with money, by their numbers from 0. */
export interface Accounts {
  count: number
  at(index: number): string
}

/** One durable PostgreSQL server with the ledger over it, alone in this process, as it would run. */
export interface Lab {
  options: LedgerOptions
  server: EmbeddedServer
  /** As the server's own user, in no service's database. */
  admin: Sql
  /** As the server's own user, in the ledger's database. */
  books: Sql
  runtime: ServiceRuntime
  /** Of the ledger's own listener. */
  port: number
  serviceKey: SigningKey
  /** Opened when first asked for, unless the bank has lived already. */
  accounts(): Promise<Accounts>
  /** What the bank has lived through, at scale. */
  plan: Plan | undefined
  caughtUp(): Promise<Lag>
  figures: Figure[]
  stop(): Promise<void>
}

/** What an opened ledger shares with another, and who is beside it. */
interface Beside {
  figures?: Figure[]
  /** A service that the ledger asks; it goes with the lab. */
  neighbour?: { service: string; server: FastifyInstance }
}

/** Starts server, ledger and listener. */
export function openLab(options: LedgerOptions, { figures = [], neighbour }: Beside = {}): Promise<Lab> {
  return openWhole(async (begun) => {
    const { server, keys, plan } = await openBooks(options.scale, begun)
    const askedAt = neighbour && `http://127.0.0.1:${await listening(neighbour.server, begun)}`
    const urlOf = (service: string) => (service === neighbour?.service ? askedAt : undefined)
    const ground = { server, keys, here: [LEDGER], logLevel: 'fatal' } as const
    const { bank, serviceKey } = await openOver(neighbour === undefined ? ground : { ...ground, urlOf })
    begun.defer(() => bank.stop())
    const pool = (database: string): Sql => {
      const sql = openPool(server.options(database), { name: 'bench', max: 1, statementTimeoutMs: 0 })
      begun.defer(() => sql.end({ timeout: 5 }))
      return sql
    }
    const [admin, books] = [pool('postgres'), pool(rolesOf(LEDGER).database)]
    const runtime = bank.runtimes.get(LEDGER) as ServiceRuntime
    let opened = plan && Promise.resolve<Accounts>({ count: plan.accounts, at: accountId })
    return {
      options,
      server,
      admin,
      books,
      runtime,
      port: await listening(serviceListener(bank, createMetrics()), begun),
      serviceKey,
      accounts: () => {
        opened ??= openFunded(runtime, books, options.accounts)
        return opened
      },
      plan,
      caughtUp: () => caughtUp(books),
      figures,
      stop: () => begun.disposeAsync(),
    }
  })
}

/** Fresh ones, or those of a bank that has lived for months. */
async function openBooks(scale: ScaleOptions | undefined, begun: AsyncDisposableStack) {
  if (scale === undefined) return { ...(await startFreshServer([LEDGER], begun)), plan: undefined }
  const home = scale.data ?? (await makeTemporaryHome('bankflow-bench-'))
  if (scale.data === undefined) begun.defer(() => rm(home, { recursive: true, force: true }))
  const books = await openScaledBooks({ ...scale, home, service: LEDGER })
  begun.defer(() => books.server.stop())
  return books
}

async function openFunded(runtime: ServiceRuntime, books: Sql, count: number): Promise<Accounts> {
  const ids = await openAccounts(runtime, count)
  await books`vacuum analyze`
  return { count, at: (index) => ids[index] as string }
}
