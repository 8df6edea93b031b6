import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { localKeyProvider } from '#libs/crypto/key-provider.ts'
import { generateSigningKey } from '#libs/crypto/signing-keys.ts'
import { libraryMigrations } from '#libs/service/migrations.ts'
import { partitionedTables } from '#libs/service/partitions.ts'
import { openPool, type Sql, type Target } from '#libs/sql/database.ts'
import { migrationsIn } from '#libs/sql/migrate.ts'
import { createLog } from '#libs/telemetry/log.ts'
import { createMetrics } from '#libs/telemetry/metrics.ts'
import { createTestDatabase, leakedConnections, type TestDatabase } from '#libs/testing/databases.ts'
import { Bank } from '../bank.ts'
import { GATEWAY, serviceNames, services } from '../catalogue.ts'
import { gatewayListener } from '../listeners.ts'
import { openCache } from '../redis-settings.ts'
import { seedSandbox } from '../sandbox.ts'
import { builtWebApp } from '../web-app.ts'
import { Api } from './api.ts'

/** Limits that tests raise; printed once, so that nobody takes them for the defaults. */
export const RAISED_LIMITS = {
  BANKFLOW_RATE_LIMIT_PER_MINUTE: '1000000',
  BANKFLOW_RATE_LIMIT_SIGN_IN_PER_MINUTE: '1000000',
  BANKFLOW_RATE_LIMIT_OAUTH_PER_MINUTE: '1000000',
  BANKFLOW_RATE_LIMIT_MONEY_PER_MINUTE: '1000000',
  BANKFLOW_RATE_LIMIT_LOOKUP_PER_MINUTE: '1000000',
} as const

/** The whole bank in this process, on fresh databases, behind a real listener; or a bank of many processes, which others may use as well. */
export interface TestBank {
  bank: Bank
  url: string
  api: Api
  /** The web app stands at `/`: where asked for, and always where the bank stands already. */
  hasWebApp: boolean
  /** SQL as a service's app role, or as the owner of its tables. */
  sql(service: string, role?: 'app' | 'owner'): Sql
  close(): Promise<void>
}

export interface TestBankOptions {
  env?: Record<string, string>
  profile?: 'sandbox' | 'production'
  /** Where log lines go; none unless given. */
  log?: { write(line: string): void }
  /** True to serve the web app, which is built when its sources changed. */
  hasWebApp?: true
}

/** Opens a bank for tests. Close it in `after`, or hand `t.after(() => bank.close())`. */
export async function openBank(options: TestBankOptions = {}): Promise<TestBank> {
  const standing = process.env.BANKFLOW_TEST_BANK
  const opened = standing === undefined ? await openHere(options) : await joinThere(options, standing)
  const pools = new Map<string, Sql>()
  const sql = (service: string, role: 'app' | 'owner' = 'app'): Sql => {
    const name = `${service} ${role}`
    const known = pools.get(name) ?? openPool(opened.targetOf(service, role), { name: 'test', max: 2 })
    pools.set(name, known)
    return known
  }
  const close = async (): Promise<void> => {
    await opened.leave()
    for (const pool of pools.values()) await pool.end({ timeout: 1 })
    await opened.forget()
  }
  const hasWebApp = standing !== undefined || options.hasWebApp === true
  return { bank: opened.bank, url: opened.url, api: new Api(opened.url), hasWebApp, sql, close }
}

interface Opened {
  bank: Bank
  url: string
  targetOf(service: string, role: 'app' | 'owner'): Target
  leave(): Promise<void>
  /** What is left to do when nothing of the test is connected to its databases any more. */
  forget(): Promise<void>
}

/** All services and the gateway in this process, over databases of its own. */
async function openHere(options: TestBankOptions): Promise<Opened> {
  const databases = await freshDatabases()
  const databaseOf = (service: string): TestDatabase => databases.get(service) as TestDatabase
  const folder = await mkdtemp(join(tmpdir(), 'bankflow-bank-'))
  const serviceKey = generateSigningKey()
  const destination = options.log
  const env = { ...RAISED_LIMITS, ...options.env }
  const log = createLog({
    service: 'test',
    level: destination === undefined ? 'silent' : 'debug',
    ...(destination && { destination }),
  })
  const cache = await openCache(env, log)
  const bank = new Bank({
    profile: options.profile ?? 'sandbox',
    here: [...serviceNames, GATEWAY],
    env,
    cache,
    keys: localKeyProvider({ file: join(folder, 'master.key'), create: true }),
    targetOf: (service, role) => databaseOf(service).as(role),
    log,
    urlOf: () => undefined,
    keyOf: () => serviceKey,
    keysOfService: () => new Map(),
  })
  await bank.open()
  if (bank.options.profile === 'sandbox') await seedSandbox(bank, () => {})
  const webApp = options.hasWebApp === true ? await builtWebApp(folder, () => {}) : undefined
  const server = gatewayListener(bank, createMetrics(), { webApp })
  await server.listen({ port: 0, host: '127.0.0.1' })
  const address = server.server.address() as { port: number }
  return {
    bank,
    url: `http://127.0.0.1:${address.port}`,
    targetOf: (service, role) => databaseOf(service).as(role),
    leave: async () => {
      await server.close()
      await bank.stop()
      await cache.close()
      await rm(folder, { recursive: true, force: true })
    },
    forget: async () => {
      const leaks = await Promise.all([...databases.values()].map(({ name }) => leakedConnections(name)))
      await Promise.all([...databases.values()].map((database) => database.drop()))
      const leaked = leaks.reduce((sum, count) => sum + count, 0)
      if (leaked > 0) throw new Error(`${leaked} database connections were leaked`)
    },
  }
}

/** The bank of many processes that stands already; the code for it is loaded by no other lane. */
async function joinThere({ env, profile, log }: TestBankOptions, standing: string): Promise<Opened> {
  if (env !== undefined || profile === 'production') throw new Error('a bank that stands has the settings it has')
  const { joinStandingBank } = await import('../cluster/testing/standing-bank.ts')
  return { ...(await joinStandingBank(standing, RAISED_LIMITS, log)), forget: async () => {} }
}

/** A database for each service, with its tables and nothing in them. */
async function freshDatabases(): Promise<Map<string, TestDatabase>> {
  const made = services.map(async ({ name, migrations, partitioned }) => {
    const files = await migrationsIn([...libraryMigrations, fileURLToPath(migrations)])
    return [name, await createTestDatabase(name, files, partitionedTables(partitioned))] as const
  })
  return new Map(await Promise.all(made))
}
