import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openPool, type Sql, type Target } from './database.ts'

/** The three roles of a service's database and the database itself; the names are used in migrations as `{owner}`, `{app}`, `{reader}`. */
export interface ServiceRoles {
  database: string
  owner: string
  app: string
  reader: string
}

/** Names derived from the service: `ledger-service` has `bankflow_ledger` and `ledger_owner`, `ledger_app`, `ledger_reader`. */
export function rolesOf(service: string, database?: string): ServiceRoles {
  const short = service.replace(/-service$/, '').replaceAll('-', '_')
  return {
    database: database ?? `bankflow_${short}`,
    owner: `${short}_owner`,
    app: `${short}_app`,
    reader: `${short}_reader`,
  }
}

/** Creates the roles (or renews their passwords) and the database. `admin` is a connection whose role may create both. */
export async function ensureDatabase(
  admin: Sql,
  roles: ServiceRoles,
  passwordOf: (role: string) => string,
): Promise<void> {
  for (const role of [roles.owner, roles.app, roles.reader]) {
    const [found] = await admin`select 1 from pg_roles where rolname = ${role}`
    const verb = found === undefined ? 'create' : 'alter'
    await admin.unsafe(
      `${verb} role ${quoted(role)} login nosuperuser nocreatedb nocreaterole password ${literal(passwordOf(role))}`,
    )
  }
  for (const role of [roles.app, roles.reader]) await limit(admin, role)
  const [existing] = await admin`select 1 from pg_database where datname = ${roles.database}`
  if (existing === undefined)
    await admin.unsafe(`create database ${quoted(roles.database)} owner ${quoted(roles.owner)}`)
  await closeDatabase(admin, roles)
}

/** What `openPool` tells each session of its own, for sessions that a pooler hands around. */
async function limit(admin: Sql, role: string): Promise<void> {
  for (const setting of ["statement_timeout = '30s'", "idle_in_transaction_session_timeout = '60s'", 'jit = off'])
    await admin.unsafe(`alter role ${quoted(role)} set ${setting}`)
}

/** Lets only the service's own roles into its database, and there make nothing, not even temporary tables. */
export async function closeDatabase(admin: Sql, roles: ServiceRoles): Promise<void> {
  const { database, app, reader } = roles
  await admin.unsafe(`revoke all on database ${quoted(database)} from public;
    grant connect on database ${quoted(database)} to ${quoted(app)}, ${quoted(reader)}`)
}

export interface MigrationFile {
  name: string
  text: string
}

/** The migrations of the libraries and then of the service, in order of their folders and numbers. */
export async function migrationsIn(folders: readonly string[]): Promise<MigrationFile[]> {
  const files: MigrationFile[] = []
  for (const folder of folders) {
    const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
    for (const name of names) {
      files.push({ name: `${basename(join(folder, '..'))}/${name}`, text: await readFile(join(folder, name), 'utf8') })
    }
  }
  return files
}

/**
 * Applies what is missing, forward only, each file in its own transaction, as the owner and under a lock so that two starts don't meet.
 * A file that was applied and has changed since is refused. Returns the names applied now. Processes may be at work meanwhile: a table that they
 * use is waited for by little pieces, since everybody who comes later waits behind who waits for it.
 */
export async function migrate(
  owner: Target,
  roles: ServiceRoles,
  files: readonly MigrationFile[],
  { lockWaitMs = LOCK_WAIT_MS }: { lockWaitMs?: number } = {},
): Promise<string[]> {
  const sql = openPool(owner, { name: 'migrate', max: 1, statementTimeoutMs: 0 })
  try {
    await sql`select pg_advisory_lock(hashtextextended('bankflow migrations', 0))`
    await sql`create table if not exists schema_migrations (
      name text primary key, sha256 text not null, applied_at timestamptz not null)`
    const applied = new Map(
      (await sql<{ name: string; sha256: string }[]>`select name, sha256 from schema_migrations`).map((row) => [
        row.name,
        row.sha256,
      ]),
    )
    const now: string[] = []
    for (const file of files) {
      const sha256 = createHash('sha256').update(file.text).digest('hex')
      const before = applied.get(file.name)
      if (before === sha256) continue
      if (before !== undefined)
        throw new Error(`migration ${file.name} of ${roles.database} has changed since it was applied`)
      await whenLocksAreFree(`migration ${file.name} of ${roles.database}`, lockWaitMs, () =>
        sql.begin(async (tx) => {
          await tx`select set_config('lock_timeout', ${`${lockWaitMs}ms`}, true)`
          await tx.unsafe(withRoles(file.text, roles))
          await tx`insert into schema_migrations values (${file.name}, ${sha256}, ${new Date()})`
        }),
      )
      now.push(file.name)
    }
    return now
  } finally {
    await sql.end({ timeout: 5 })
  }
}

/** How long a migration waits for a lock, and keeps others waiting, at a time; and how often it tries. */
const LOCK_WAIT_MS = 2_000
const LOCK_TRIES = 30
const LOCK_PAUSE_MS = 500

async function whenLocksAreFree(what: string, lockWaitMs: number, apply: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await apply()
      return
    } catch (error) {
      if ((error as { code?: unknown }).code !== '55P03') throw error
      if (attempt === LOCK_TRIES)
        throw new Error(`${what} did not get its locks in ${LOCK_TRIES} tries; nothing of it was applied`, {
          cause: error,
        })
      await sleep(Math.min(LOCK_PAUSE_MS, lockWaitMs))
    }
  }
}

function withRoles(text: string, roles: ServiceRoles): string {
  return text.replaceAll('{owner}', roles.owner).replaceAll('{app}', roles.app).replaceAll('{reader}', roles.reader)
}

/** An identifier between double quotes. */
export function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
