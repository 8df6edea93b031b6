import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { promisify } from 'node:util'
import { openPool, type Sql } from '#libs/sql/database.ts'
import { rolesOf } from '#libs/sql/migrate.ts'
import { freePort } from '../cluster/ports.ts'
import { startEmbeddedServer } from '../embedded/server.ts'
import { makeTemporaryHome } from '../embedded/temporary-home.ts'
import { RAISED_LIMITS } from '../testing/open-bank.ts'
import { SpawnedBank } from '../testing/spawned-bank.ts'
import type { BankUnderFault } from './fault.ts'

const ROOT = join(import.meta.dirname, '../..')
const run = promisify(execFile)

const FRONT = ['api-gateway', 'identity', 'account', 'transaction', 'fraud', 'admin']
const BACK = ['ledger', 'customer', 'notification', 'audit']

/** What a load does within minutes no person does; the bank's own limits are not what is tried here. */
export const LOAD_LIMITS = {
  ...RAISED_LIMITS,
  BANKFLOW_FRAUD_VELOCITY_COUNT: '1000000000',
  BANKFLOW_ACCESS_TOKEN_TTL_S: '1200',
}

/** A bank of two processes that can be killed. */
export interface SplitBank extends BankUnderFault {
  /** The process with the gateway. */
  readonly front: SpawnedBank
  /** The process with the ledger. */
  readonly back: SpawnedBank
}

/** Starts two processes on one PostgreSQL server, without Kafka and Redis; they end with the test. */
export async function startSplitBank(t: TestContext): Promise<SplitBank> {
  const home = await makeTemporaryHome('bankflow-faults-')
  const server = await startEmbeddedServer({ home, log: () => {}, listen: 'loopback', maxConnections: 120 })
  const pools = new Map<string, Sql>()
  const parts: SpawnedBank[] = []
  t.after(async () => {
    await Promise.all([...pools.values()].map((pool) => pool.end({ timeout: 1 })))
    await Promise.all(parts.map((part) => part.stop()))
    await server.stop()
    await rm(home, { recursive: true, force: true })
  })
  const [gatewayPort, frontPort, backPort] = [await freePort(), await freePort(), await freePort()]
  const keys = join(home, 'service-keys')
  const common = {
    BANKFLOW_HOME: home,
    BANKFLOW_PROFILE: 'sandbox',
    BANKFLOW_LOG_LEVEL: 'error',
    DATABASE_URL: server.url('postgres'),
    BANKFLOW_MASTER_KEY_FILE: join(home, 'master.key'),
    SERVICE_KEYS: join(keys, 'public.json'),
    ...LOAD_LIMITS,
  }
  await prepare(common, keys)
  const part = (names: readonly string[], others: Record<string, string>, ports: Record<string, string>): SpawnedBank =>
    new SpawnedBank({
      ...common,
      SERVICE: names.join(),
      SERVICE_KEY_FILE: names
        .map((name) => join(keys, name === 'api-gateway' ? `${name}.json` : `${name}-service.json`))
        .join(),
      ...others,
      ...ports,
    })
  const back = part(BACK, urlsOf(FRONT, frontPort), { PORT: String(backPort) })
  const ports = { PORT: String(gatewayPort), BANKFLOW_SERVICE_PORT: String(frontPort) }
  const front = part(FRONT, urlsOf(BACK, backPort), ports)
  parts.push(back, front)
  const [, api] = await Promise.all([back.start(), front.start()])
  const sql = (service: string): Sql => {
    const { database } = rolesOf(service)
    const pool =
      pools.get(service) ?? openPool({ url: server.url(database) }, { name: 'verdict', max: 1, statementTimeoutMs: 0 })
    pools.set(service, pool)
    return pool
  }
  return { api, gateways: [api.url], sql, front, back }
}

/** Makes the keys and the databases by the tools that an operator has. */
async function prepare(common: Record<string, string>, keys: string): Promise<void> {
  const tool = (script: string, args: string[], env: object): Promise<unknown> =>
    run(process.execPath, ['tools/launch.mjs', script, ...args], { cwd: ROOT, env: { ...process.env, ...env } })
  await tool('tools/seed.ts', ['--master-key', common.BANKFLOW_MASTER_KEY_FILE as string], {})
  await tool('tools/seed.ts', ['--service-keys', keys], {})
  const { DATABASE_URL, BANKFLOW_MASTER_KEY_FILE, BANKFLOW_HOME } = common
  await tool('tools/migrate.ts', [], { DATABASE_URL, BANKFLOW_MASTER_KEY_FILE, BANKFLOW_HOME, SERVICE_KEYS: undefined })
}

function urlsOf(names: readonly string[], port: number): Record<string, string> {
  const services = names.filter((name) => name !== 'api-gateway')
  return Object.fromEntries(services.map((name) => [`${name.toUpperCase()}_URL`, `http://127.0.0.1:${port}`]))
}
