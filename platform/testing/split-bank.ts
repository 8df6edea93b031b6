import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { promisify } from 'node:util'
import { openPool, type Sql } from '#libs/sql/database.ts'
import { rolesOf } from '#libs/sql/migrate.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { GATEWAY } from '../catalogue.ts'
import { freePort } from '../cluster/ports.ts'
import { startEmbeddedServer } from '../embedded/server.ts'
import { makeTemporaryHome } from '../embedded/temporary-home.ts'
import type { Api } from './api.ts'
import { RAISED_LIMITS } from './open-bank.ts'
import { SpawnedBank } from './spawned-bank.ts'

const ROOT = join(import.meta.dirname, '../..')
const run = promisify(execFile)
/** Several processes start side by side, each with its migrations' check and its share of a busy machine. */
const START_WITHIN_MS = 240_000

/** A bank of two: what people sign in and pay with beside the gateway; the books, the people, the trail and what is told in the other process. */
export const HALVES: readonly (readonly string[])[] = [
  [GATEWAY, 'identity-service', 'account-service', 'transaction-service', 'fraud-service', 'admin-service'],
  ['ledger-service', 'customer-service', 'notification-service', 'audit-service'],
]

/** One process of a bank of several. */
export interface SplitPart {
  process: SpawnedBank
  /** Where services reach it. */
  port: number
}

/** One bank as several processes. */
interface SplitBank {
  api: Api
  parts: SplitPart[]
  /** SQL in a service's database, as the server's superuser; one pool for each. */
  sql(service: string): Sql
}

/**
 * The same code as a process for each list of services (one that stands in several lists has several instances), on one PostgreSQL server, each with
 * keys of its own services, and with `env` or what that says for its list. Ends with the test.
 */
export async function splitBank(
  t: Pick<TestContext, 'after'>,
  lists: readonly (readonly string[])[],
  env: Record<string, string> | ((names: readonly string[]) => Record<string, string>) = {},
): Promise<SplitBank> {
  const home = await makeTemporaryHome('bankflow-split-')
  const server = await startEmbeddedServer({ home, log: () => {}, listen: 'loopback', maxConnections: 150 })
  const pools = new Map<string, Sql>()
  const started: SpawnedBank[] = []
  t.after(async () => {
    await Promise.all([...pools.values()].map((pool) => pool.end({ timeout: 1 })))
    await Promise.all(started.map((process) => process.stop()))
    await server.stop()
    await rm(home, { recursive: true, force: true })
  })
  const keys = join(home, 'service-keys')
  const common = {
    BANKFLOW_HOME: home,
    BANKFLOW_PROFILE: 'sandbox',
    DATABASE_URL: server.url('postgres'),
    BANKFLOW_MASTER_KEY_FILE: join(home, 'master.key'),
    SERVICE_KEYS: join(keys, 'public.json'),
    ...RAISED_LIMITS,
  }
  await prepared(common, keys)
  const places = await Promise.all(lists.map(async (names) => ({ names, port: await freePort() })))
  const parts = await Promise.all(
    places.map(async ({ names, port }): Promise<SplitPart> => {
      const others = places.filter((other) => other.port !== port)
      const hasGateway = names.includes(GATEWAY)
      const ports = hasGateway
        ? { PORT: String(await freePort()), BANKFLOW_SERVICE_PORT: String(port) }
        : { PORT: String(port) }
      const process = new SpawnedBank({
        ...common,
        SERVICE: names.map((name) => name.replace('-service', '')).join(),
        SERVICE_KEY_FILE: names.map((name) => join(keys, `${name}.json`)).join(),
        ...urlsOf(others),
        ...ports,
        ...(typeof env === 'function' ? env(names) : env),
      })
      return { process, port }
    }),
  )
  started.push(...parts.map(({ process }) => process))
  const apis = await Promise.all(parts.map((part) => part.process.start(START_WITHIN_MS)))
  const api = apis[lists.findIndex((names) => names.includes(GATEWAY))] as Api
  await Promise.all(parts.map(({ port }) => eventually(() => isReady(port), START_WITHIN_MS)))
  const sql = (service: string): Sql => {
    const url = server.url(rolesOf(service).database)
    const pool = pools.get(service) ?? openPool({ url }, { name: 'test', max: 1, statementTimeoutMs: 0 })
    pools.set(service, pool)
    return pool
  }
  return { api, parts, sql }
}

async function isReady(port: number): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${port}/ready`)
  await answer.body?.cancel()
  return answer.ok
}

/** Makes the keys and the databases by the tools that an operator has. */
async function prepared(common: Record<string, string>, keys: string): Promise<void> {
  const tool = (script: string, args: string[], env: object): Promise<unknown> =>
    run(process.execPath, ['tools/launch.mjs', script, ...args], { cwd: ROOT, env: { ...process.env, ...env } })
  await tool('tools/seed.ts', ['--master-key', common.BANKFLOW_MASTER_KEY_FILE as string], {})
  await tool('tools/seed.ts', ['--service-keys', keys], {})
  const { DATABASE_URL, BANKFLOW_MASTER_KEY_FILE, BANKFLOW_HOME } = common
  await tool('tools/migrate.ts', [], { DATABASE_URL, BANKFLOW_MASTER_KEY_FILE, BANKFLOW_HOME, SERVICE_KEYS: undefined })
}

/** Where services are reached that are in other processes: the addresses of all their instances. */
function urlsOf(places: readonly { names: readonly string[]; port: number }[]): Record<string, string> {
  const instances = places.flatMap(({ names, port }) =>
    names.filter((name) => name.endsWith('-service')).map((name) => ({ name, url: `http://127.0.0.1:${port}` })),
  )
  const byService = Map.groupBy(instances, ({ name }) => `${name.replace('-service', '').toUpperCase()}_URL`)
  return Object.fromEntries([...byService].map(([variable, all]) => [variable, all.map(({ url }) => url).join()]))
}
