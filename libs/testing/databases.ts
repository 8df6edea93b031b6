import { hash, randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
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

async function withAdmin<T>(work: (admin: Sql) => Promise<T>): Promise<T> {
  const admin = openPool({ url: await testServerUrl() }, { name: 'test-admin', max: 1, statementTimeoutMs: 0 })
  try {
    return await work(admin)
  } finally {
    await admin.end({ timeout: 5 })
  }
}

/** A fresh database with a service's migrations. Its template is made once per set of migrations, then copied. */
export async function createTestDatabase(service: string, files: readonly MigrationFile[]): Promise<TestDatabase> {
  const digest = hash('sha256', files.map((file) => `${file.name}\n${file.text}`).join('\n')).slice(0, 12)
  const template = `template_${rolesOf(service).database}_${digest}`
  if (!templates.has(template)) templates.set(template, makeTemplate(service, template, files))
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

async function makeTemplate(service: string, template: string, files: readonly MigrationFile[]): Promise<string> {
  adminUrl = await testServerUrl()
  return withAdmin(async (admin) => {
    // Several test processes share the server: one of them makes the template, the others wait.
    await admin`select pg_advisory_lock(hashtextextended('bankflow test templates', 0))`
    const [ready] = await admin`select 1 from pg_database where datname = ${template}`
    if (ready === undefined) {
      const half = `${template}_making`
      await admin.unsafe(`drop database if exists ${quoted(half)} with (force)`)
      const roles = rolesOf(service, half)
      await ensureDatabase(admin, roles, passwordOf)
      await migrate(target(adminUrl as string, half, roles.owner), roles, files)
      await admin.unsafe(`alter database ${quoted(half)} rename to ${quoted(template)}`)
    }
    await admin`select pg_advisory_unlock(hashtextextended('bankflow test templates', 0))`
    return template
  })
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

/** How many connections a test left open in its database; those that are only slow to close are given a second. */
export async function leakedConnections(name: string): Promise<number> {
  for (let attempt = 0; attempt < 40; attempt++) {
    if ((await connectionsTo(name)) === 0) return 0
    await sleep(50)
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
