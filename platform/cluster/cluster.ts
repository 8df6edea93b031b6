import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { openPool, type Sql } from '#libs/sql/database.ts'
import { rolesOf } from '#libs/sql/migrate.ts'
import { componentSettings } from './component-settings.ts'
import { type Components, obtainComponents, startComponents } from './components/components.ts'
import type { Part } from './part.ts'
import { startTrio, type Trio } from './postgres/trio.ts'
import { type Ground, launchProcesses, type Processes } from './processes.ts'
import { startWarden, type Warden } from './warden.ts'

const ROOT = join(import.meta.dirname, '../..')
const TOOL_LIMIT_MS = 300_000
/** Sixteen processes with their pools, and what tests and tools open beside them. */
const CONNECTIONS = 300
const WATCH_MS = 1_000
const MASTER_KEY = 'master.key'
const SERVICE_KEYS = 'service-keys'

const run = promisify(execFile)

export interface ClusterOptions extends Pick<Ground, 'envOf' | 'addressOf' | 'countOf'> {
  /** Takes one line of progress at a time. */
  readonly say?: (line: string) => void
  /** Settings of all processes, over those of the cluster. */
  readonly env?: Readonly<Record<string, string>>
  /** Folders of single PostgreSQL servers that lie elsewhere (on a small disk, say). */
  readonly folders?: Readonly<Partial<Record<'one' | 'two' | 'three', string>>>
  /** Stands before the bank's names in Kafka and Redis. */
  readonly name?: string
}

/** The bank as many processes, with components of its own, on this machine. */
export interface Cluster {
  readonly home: string
  readonly components: Components
  readonly postgres: Trio
  readonly processes: Processes
  /** Where the gateways answer. */
  readonly gateways: readonly string[]
  /** Every process but PostgreSQL's, which has its own `Trio`. */
  readonly parts: readonly Part[]
  /** SQL in a service's database as the superuser, on whichever server is the primary. */
  sql(service: string): Sql
  /** Stops everything in order: processes, PostgreSQL, components; the home goes. */
  stop(): Promise<void>
}

/**
 * Gets and starts the components, makes keys and databases by the tools that an operator has, and starts every process. Rejects when a
 * component cannot be had.
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const say = options.say ?? (() => {})
  const obtained = await obtainComponents()
  for (const { name, reason } of obtained.missing) {
    if (name !== 'PgBouncer' && name !== 'toxiproxy') throw new Error(`${name} is not to be had: ${reason}`)
    say(`without ${name}: ${reason}`)
  }
  const warden = await startWarden()
  const undo: (() => Promise<void>)[] = [() => warden.close()]
  const stop = async (): Promise<void> => {
    for (const one of undo.splice(0).reverse()) await one()
  }
  try {
    const [components, postgres] = await Promise.all([
      startComponents(obtained, warden).then((started) => {
        undo.push(() => started.stop())
        return started
      }),
      startPostgres(options, warden, say).then((started) => {
        undo.push(started.stop)
        return started.postgres
      }),
    ])
    say('components: Kafka ×3, Redis, PostgreSQL with two replicas')
    await prepare(warden.home, postgres.url())
    say('databases: made, up to date')
    const processes = await launchProcesses(groundOf(options, { warden, components, postgres }))
    undo.push(() => processes.stop())
    await processes.untilReady()
    const { sql, end } = superuser(postgres)
    undo.push(end)
    const parts = [...components.parts, ...processes.members.map(({ part }) => part)]
    return { home: warden.home, components, postgres, processes, gateways: processes.gateways, parts, sql, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

interface Standing {
  readonly warden: Warden
  readonly components: Components
  readonly postgres: Trio
}

async function startPostgres(options: ClusterOptions, warden: Warden, say: (line: string) => void) {
  const { folders } = options
  const postgres = await startTrio({
    home: join(warden.home, 'postgres'),
    log: (line) => say(`PostgreSQL: ${line}`),
    maxConnections: CONNECTIONS,
    durable: false,
    ...(folders === undefined ? {} : { folders }),
  })
  const watch = (): void => {
    for (const member of postgres.members) {
      const pid = member.pid()
      if (pid === undefined) warden.forget(`postgres-${member.name}`)
      else warden.watch(`postgres-${member.name}`, pid)
    }
  }
  watch()
  // Servers are killed, promoted and made anew, each time as another process.
  const timer = setInterval(watch, WATCH_MS)
  timer.unref()
  const stop = async (): Promise<void> => {
    clearInterval(timer)
    await postgres.stop()
    watch()
  }
  return { postgres, stop }
}

function groundOf(options: ClusterOptions, { warden, components, postgres }: Standing): Ground {
  const { kafka, redis } = components
  const { env, name = 'bankflow' } = options
  const { envOf, addressOf, countOf } = options
  return {
    warden,
    databases: { DATABASE_URL: postgres.url(), DATABASE_READER_URL: postgres.url() },
    masterKeyFile: join(warden.home, MASTER_KEY),
    serviceKeys: join(warden.home, SERVICE_KEYS),
    env: { ...componentSettings({ kafka: kafka?.brokers, redis: redis?.url }, name), ...env },
    ...(envOf === undefined ? {} : { envOf }),
    ...(addressOf === undefined ? {} : { addressOf }),
    ...(countOf === undefined ? {} : { countOf }),
  }
}

/** Keys, roles, databases and tables, as the documentation tells operators to make them. */
async function prepare(home: string, databaseUrl: string): Promise<void> {
  const tool = (script: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<unknown> =>
    run(process.execPath, ['tools/launch.mjs', script, ...args], {
      cwd: ROOT,
      timeout: TOOL_LIMIT_MS,
      env: { ...process.env, NODE_TEST_CONTEXT: undefined, ...env },
    })
  const masterKey = join(home, MASTER_KEY)
  await Promise.all([
    tool('tools/seed.ts', ['--master-key', masterKey]),
    tool('tools/seed.ts', ['--service-keys', join(home, SERVICE_KEYS)]),
  ])
  const settings = { DATABASE_URL: databaseUrl, BANKFLOW_MASTER_KEY_FILE: masterKey, BANKFLOW_PROFILE: 'sandbox' }
  await tool('tools/migrate.ts', [], { ...settings, BANKFLOW_HOME: join(home, 'migrate') })
}

function superuser(postgres: Trio): { sql(service: string): Sql; end(): Promise<void> } {
  const pools = new Map<string, Sql>()
  return {
    sql: (service) => {
      const { database } = rolesOf(service)
      const pool = pools.get(service) ?? openPool({ url: postgres.url(database) }, { name: 'cluster', max: 1 })
      pools.set(service, pool)
      return pool
    },
    end: async () => void (await Promise.all([...pools.values()].map((pool) => pool.end({ timeout: 1 })))),
  }
}
