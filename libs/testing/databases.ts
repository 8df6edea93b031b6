import { hash, randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { ensureServicePartitions } from '#libs/service/partitions.ts'
import { openPool, type Sql, type Target } from '#libs/sql/database.ts'
import { closeDatabase, ensureDatabase, type MigrationFile, migrate, quoted, rolesOf } from '#libs/sql/migrate.ts'
import { testServerUrl } from './server.ts'

/** A database of one test, copied from its service's migrated template. */
export interface TestDatabase {
  name: string
  /** As the role `app`, `reader` or `owner` of the service. */
  as(role: 'app' | 'reader' | 'owner'): Target
  drop(): Promise<void>
}

const passwordOf = (role: string): string => `test ${role}`
const templates = new Map<string, Promise<string>>()

/** A connection as superuser that nobody has used for so long is closed, so that a file that runs by itself can end. */
const ADMIN_IDLE_MS = 250

let admins: { readonly pool: Sql; users: number; idle?: NodeJS.Timeout } | undefined

/** One pool for all that is made and dropped, kept from test to test: a connection costs more than most of what is asked over it. */
async function withAdmin<T>(work: (admin: Sql) => Promise<T>): Promise<T> {
  const url = await testServerUrl()
  admins ??= { pool: openPool({ url }, { name: 'test-admin', max: 4, statementTimeoutMs: 0 }), users: 0 }
  const own = admins
  clearTimeout(own.idle)
  own.users += 1
  try {
    return await work(own.pool)
  } finally {
    own.users -= 1
    if (own.users === 0) own.idle = setTimeout(() => endAdmins(own.pool), ADMIN_IDLE_MS)
  }
}

function endAdmins(pool: Sql): void {
  admins = undefined
  void pool.end({ timeout: 5 })
}

/**
 * A fresh database with a service's migrations, and with this month's partitions of the tables named in `partitioned`. Its template is
 * made once per set of migrations, then copied.
 */
export async function createTestDatabase(
  service: string,
  files: readonly MigrationFile[],
  partitioned: readonly string[] = [],
): Promise<TestDatabase> {
  const parts = [...files.map((file) => `${file.name}\n${file.text}`), ...partitioned]
  const template = `template_${rolesOf(service).database}_${hash('sha256', parts.join('\n')).slice(0, 12)}`
  if (!templates.has(template)) templates.set(template, makeTemplate(service, template, files, partitioned))
  await templates.get(template)
  const name = `test_${rolesOf(service).database}_${randomBytes(6).toString('hex')}`
  const roles = rolesOf(service, name)
  await withAdmin(async (admin) => {
    await copyOf(admin, template, name, roles.owner)
    // What a template's database was closed to is not part of its copy.
    await closeDatabase(admin, roles)
  })
  return {
    name,
    as: (role) => target(url(), name, roles[role]),
    drop: () =>
      withAdmin(async (admin) => void (await admin.unsafe(`drop database if exists ${quoted(name)} with (force)`))),
  }
  function url(): string {
    return adminUrl as string
  }
}

let adminUrl: string | undefined

function target(admin: string, database: string, user: string): Target {
  const { hostname, port } = new URL(admin)
  return { host: hostname, port: Number(port), database, user, password: passwordOf(user) }
}

async function makeTemplate(
  service: string,
  template: string,
  files: readonly MigrationFile[],
  partitioned: readonly string[],
): Promise<string> {
  adminUrl = await testServerUrl()
  // One connection, because the lock is a session's.
  const admin = openPool({ url: adminUrl }, { name: 'test-template', max: 1, statementTimeoutMs: 0 })
  try {
    // Several test processes share the server: one of them makes the template, the others wait.
    await admin`select pg_advisory_lock(hashtextextended('bankflow test templates', 0))`
    const [ready] = await admin`select 1 from pg_database where datname = ${template}`
    if (ready !== undefined) return template
    const half = `${template}_making`
    await admin.unsafe(`drop database if exists ${quoted(half)} with (force)`)
    const roles = rolesOf(service, half)
    const owner = target(adminUrl, half, roles.owner)
    // These passwords keep nobody out, and a test's process counts through the rounds at each of its connections.
    await admin`set scram_iterations = 1`
    await ensureDatabase(admin, roles, passwordOf)
    await migrate(owner, roles, files)
    await makePartitions(owner, partitioned)
    await admin.unsafe(`alter database ${quoted(half)} rename to ${quoted(template)}`)
    return template
  } finally {
    await admin.end({ timeout: 5 })
  }
}

/** What a service would make at each start: in the template they are made once. */
async function makePartitions(owner: Target, tables: readonly string[]): Promise<void> {
  if (tables.length === 0) return
  const pool = openPool(owner, { name: 'test-template', max: 1 })
  try {
    await ensureServicePartitions(pool, tables, new Date())
  } finally {
    await pool.end({ timeout: 5 })
  }
}

/** A template that another session still leaves cannot be copied for a moment, so that is tried again. */
async function copyOf(admin: Sql, template: string, name: string, owner: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await admin.unsafe(`create database ${quoted(name)} template ${quoted(template)} owner ${quoted(owner)}`)
      return
    } catch (error) {
      if (attempt === 20) throw error
      await new Promise((resolve) => setTimeout(resolve, 50 * attempt))
    }
  }
}

/** A server with much to do takes its time to end what was closed. */
const CLOSING_MS = 2_000

/** How many connections a test left open in its database; those that are only slow to close are given a moment. */
export async function leakedConnections(name: string): Promise<number> {
  const until = performance.now() + CLOSING_MS
  for (let wait_ms = 5; performance.now() < until; wait_ms = Math.min(2 * wait_ms, 50)) {
    if ((await connectionsTo(name)) === 0) return 0
    await sleep(wait_ms)
  }
  return connectionsTo(name)
}

function connectionsTo(name: string): Promise<number> {
  return withAdmin(async (admin) => {
    const [row] = await admin<
      { open: number }[]
    >`select count(*)::int as open from pg_stat_activity where datname = ${name} and backend_type = 'client backend'`
    return row?.open ?? 0
  })
}
