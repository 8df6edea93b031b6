import { execFile } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { localKeyProvider } from '#libs/crypto/key-provider.ts'
import { openPool, type Sql } from '#libs/sql/database.ts'
import { rolesOf } from '#libs/sql/migrate.ts'
import { serviceNames } from '../catalogue.ts'
import { componentSettings } from '../cluster/component-settings.ts'
import { type Components, obtainComponents, startComponents } from '../cluster/components/components.ts'
import { startTrio, type Trio } from '../cluster/postgres/trio.ts'
import { startWarden, type Warden } from '../cluster/warden.ts'
import { migrateAll, serverOf } from '../databases.ts'
import { LOAD_LIMITS } from './load-limits.ts'
import { mountSmallDisk, type SmallDisk } from './small-disk.ts'

const ROOT = join(import.meta.dirname, '../..')
/** What a full run leaves on it is about two thirds. */
const SMALL_DISK_MB = 3_072
const run = promisify(execFile)

/** What a bank of many processes stands on, its databases made: components of its own, and a primary with two replicas. */
export interface BankGround {
  readonly warden: Warden
  readonly components: Components
  readonly trio: Trio
  /** The disk of the first primary; undefined where nobody may mount one. */
  readonly disk: SmallDisk | undefined
  readonly masterKeyFile: string
  /** The folder of the services' keys. */
  readonly serviceKeys: string
  /** Where the components are, and limits that a load does not reach. */
  readonly env: Readonly<Record<string, string>>
  /** What this machine cannot have, and why. */
  readonly missing: readonly string[]
  /** As the superuser, on whichever server is the primary. */
  readonly sql: (service: string) => Sql
  stop(): Promise<void>
}

/** Starts it all. What cannot be had is left out and named; PostgreSQL can always be had. The small disk is there where it was asked for. */
export async function startGround(
  say: (line: string) => void,
  { hasSmallDisk = false }: { hasSmallDisk?: boolean } = {},
): Promise<BankGround> {
  const begun = new AsyncDisposableStack()
  try {
    const obtained = await obtainComponents()
    const missing = obtained.missing.map(({ name, reason }) => `${name}: ${reason}`)
    const warden = await startWarden('bankflow-faults-')
    begun.defer(() => warden.close())
    const disk = hasSmallDisk ? await smallDiskIn(warden, missing) : undefined
    if (disk !== undefined) begun.defer(() => disk.unmount())
    const [components, trio] = await Promise.all([startComponents(obtained, warden), trioIn(warden, disk)])
    begun.defer(() => components.stop())
    begun.defer(() => trio.stop())
    const keys = await makeKeysAndDatabases(warden, trio)
    const pools = poolsOf(trio)
    begun.defer(() => pools.end())
    const { kafka, redis } = components
    const env = { ...LOAD_LIMITS, ...componentSettings({ kafka: kafka?.brokers, redis: redis?.url }, 'faults-') }
    say(`components stand: ${components.parts.map(({ name }) => name).join(', ')}, and PostgreSQL one, two, three`)
    return { warden, components, trio, disk, ...keys, env, missing, sql: pools.sql, stop: () => begun.disposeAsync() }
  } catch (error) {
    await begun.disposeAsync()
    throw error
  }
}

async function smallDiskIn(warden: Warden, missing: string[]): Promise<SmallDisk | undefined> {
  try {
    return await mountSmallDisk(join(warden.home, 'small-disk'), SMALL_DISK_MB)
  } catch (error) {
    missing.push(`a small disk: ${String((error as { stderr?: string }).stderr ?? error).trim()}`)
    return undefined
  }
}

function trioIn(warden: Warden, disk: SmallDisk | undefined): Promise<Trio> {
  return startTrio({
    home: join(warden.home, 'postgres'),
    ...(disk === undefined ? {} : { folders: { one: disk.folder } }),
    archive: null,
    log: () => {},
    maxConnections: 300,
  })
}

async function makeKeysAndDatabases(
  warden: Warden,
  trio: Trio,
): Promise<Pick<BankGround, 'masterKeyFile' | 'serviceKeys'>> {
  const folder = join(warden.home, 'keys')
  mkdirSync(folder, { recursive: true })
  const masterKeyFile = join(folder, 'master.key')
  const keys = localKeyProvider({ file: masterKeyFile, create: true })
  const serviceKeys = join(folder, 'services')
  await run(process.execPath, ['tools/launch.mjs', 'tools/seed.ts', '--service-keys', serviceKeys], { cwd: ROOT })
  await migrateAll(serverOf(trio.url()), keys, serviceNames, () => {})
  return { masterKeyFile, serviceKeys }
}

/** One connection to each database asked for, as the superuser, on whichever server is the primary. */
function poolsOf(trio: Trio): { sql: (service: string) => Sql; end: () => Promise<void> } {
  const pools = new Map<string, Sql>()
  return {
    sql: (service) => {
      const known = pools.get(service)
      if (known !== undefined) return known
      const target = { url: trio.url(rolesOf(service).database) }
      const pool = openPool(target, { name: 'verdict', max: 1, statementTimeoutMs: 0 })
      pools.set(service, pool)
      return pool
    },
    end: async () => void (await Promise.all([...pools.values()].map((pool) => pool.end({ timeout: 1 })))),
  }
}
