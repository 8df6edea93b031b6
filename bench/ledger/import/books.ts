import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { accrueInterest } from '#contracts/api/account.ts'
import { localKeyProvider } from '#libs/crypto/key-provider.ts'
import { createHttpServer } from '#libs/http/server.ts'
import type { ServiceRuntime } from '#libs/service/runtime.ts'
import { openPool } from '#libs/sql/database.ts'
import { rolesOf } from '#libs/sql/migrate.ts'
import { createLog } from '#libs/telemetry/log.ts'
import { createMetrics } from '#libs/telemetry/metrics.ts'
import { migrateAll } from '#platform/databases.ts'
import { startEmbeddedServer } from '#platform/embedded/server.ts'
import { makeTemporaryHome } from '#platform/embedded/temporary-home.ts'
import { serviceListener } from '#platform/listeners.ts'
import { openOver } from '#platform/testing/bank-over.ts'
import { caughtUp } from '../caught-up.ts'
import { type Lab, LEDGER } from '../lab.ts'

const log = createLog({ service: 'bench', level: 'fatal' })

/**
 * Books of their own, on a server of their own, because their days are closed and their clock is moved: the ledger as in the lab, and beside it
 * an account-service without accounts, which each end of a day asks to accrue interest.
 */
export async function openBooksWithDays({ options, figures }: Pick<Lab, 'options' | 'figures'>): Promise<Lab> {
  const home = await makeTemporaryHome('bankflow-bench-')
  const server = await startEmbeddedServer({ home, log: () => {}, maxConnections: 400, sharedBuffers: '1GB' })
  const keys = localKeyProvider({ file: join(home, 'master.key'), create: true })
  await migrateAll(server.options, keys, [LEDGER], () => {})
  const neighbour = createHttpServer({ log, bodyLimitBytes: 65_536, constraints: {} })
  neighbour.post(accrueInterest.path, async () => ({ accrued: 0, posted: 0, next_cursor: null }))
  const neighbourUrl = `http://127.0.0.1:${await portOf(neighbour)}`
  const { bank, serviceKey } = await openOver({
    ...{ server, keys, here: [LEDGER], logLevel: 'fatal' },
    urlOf: (service) => (service === accrueInterest.service ? neighbourUrl : undefined),
  })
  const listener = serviceListener(bank, createMetrics())
  const pool = (database: string) =>
    openPool(server.options(database), { name: 'bench', max: 1, statementTimeoutMs: 0 })
  const [admin, books] = [pool('postgres'), pool(rolesOf(LEDGER).database)]
  return {
    ...{ options, figures, server, admin, books, serviceKey, plan: undefined },
    runtime: bank.runtimes.get(LEDGER) as ServiceRuntime,
    port: await portOf(listener),
    accounts: () => Promise.reject(new Error('an import opens the accounts that it needs')),
    caughtUp: () => caughtUp(books),
    stop: async () => {
      await listener.close()
      await bank.stop()
      await neighbour.close()
      await Promise.all([admin.end({ timeout: 5 }), books.end({ timeout: 5 })])
      await server.stop()
      await rm(home, { recursive: true, force: true })
    },
  }
}

async function portOf(server: FastifyInstance): Promise<number> {
  await server.listen({ port: 0, host: '127.0.0.1' })
  return (server.server.address() as { port: number }).port
}
