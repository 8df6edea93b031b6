import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { localKeyProvider } from '#libs/crypto/key-provider.ts'
import type { SigningKey } from '#libs/crypto/signing-keys.ts'
import type { ServiceRuntime } from '#libs/service/runtime.ts'
import { openPool, type Sql } from '#libs/sql/database.ts'
import { rolesOf } from '#libs/sql/migrate.ts'
import { createMetrics } from '#libs/telemetry/metrics.ts'
import { migrateAll } from '#platform/databases.ts'
import { type EmbeddedServer, startEmbeddedServer } from '#platform/embedded/server.ts'
import { makeTemporaryHome } from '#platform/embedded/temporary-home.ts'
import { serviceListener } from '#platform/listeners.ts'
import { openOver } from '#platform/testing/bank-over.ts'
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

/** Starts server, ledger and listener. */
export async function openLab(options: LedgerOptions): Promise<Lab> {
  const { home, server, keys, plan } =
    options.scale === undefined ? await openFreshBooks() : await openLivedBooks(options.scale)
  const { bank, serviceKey } = await openOver({ server, keys, here: [LEDGER], logLevel: 'fatal' })
  const listener = serviceListener(bank, createMetrics())
  await listener.listen({ port: 0, host: '127.0.0.1' })
  const admin = openPool(server.options('postgres'), { name: 'bench', max: 1, statementTimeoutMs: 0 })
  const books = openPool(server.options(rolesOf(LEDGER).database), { name: 'bench', max: 1, statementTimeoutMs: 0 })
  const runtime = bank.runtimes.get(LEDGER) as ServiceRuntime
  let opened = plan && Promise.resolve<Accounts>({ count: plan.accounts, at: accountId })
  return {
    options,
    server,
    admin,
    books,
    runtime,
    port: (listener.server.address() as { port: number }).port,
    serviceKey,
    accounts: () => {
      opened ??= openFunded(runtime, books, options.accounts)
      return opened
    },
    plan,
    caughtUp: () => caughtUp(books),
    figures: [],
    stop: async () => {
      await listener.close()
      await bank.stop()
      await Promise.all([admin.end({ timeout: 5 }), books.end({ timeout: 5 })])
      await server.stop()
      if (options.scale?.data === undefined) await rm(home, { recursive: true, force: true })
    },
  }
}

async function openFreshBooks() {
  const home = await makeTemporaryHome('bankflow-bench-')
  const server = await startEmbeddedServer({ home, log: () => {}, maxConnections: 400, sharedBuffers: '1GB' })
  const keys = localKeyProvider({ file: join(home, 'master.key'), create: true })
  await migrateAll(server.options, keys, [LEDGER], () => {})
  return { home, server, keys, plan: undefined }
}

async function openLivedBooks(scale: ScaleOptions) {
  const home = scale.data ?? (await makeTemporaryHome('bankflow-bench-'))
  return { home, ...(await openScaledBooks({ ...scale, home, service: LEDGER })) }
}

async function openFunded(runtime: ServiceRuntime, books: Sql, count: number): Promise<Accounts> {
  const ids = await openAccounts(runtime, count)
  await books`vacuum analyze`
  return { count, at: (index) => ids[index] as string }
}
