import { fileURLToPath } from 'node:url'
import { libraryMigrations } from '#libs/service/migrations.ts'
import type { ServiceDefinition } from '#libs/service/service.ts'
import { openPool, type Sql, type Target } from '#libs/sql/database.ts'
import { ensureDatabase, migrate, migrationsIn, quoted, rolesOf, type ServiceRoles } from '#libs/sql/migrate.ts'
import type { Server } from '../databases.ts'

/** A database for a service of one simulation. */
export interface SimulatedDatabase {
  targetOf(role: 'app' | 'reader'): Target & { host: string; port: number }
  /** As a role that may read everything. */
  readonly watching: Sql
  drop(): Promise<void>
}

const PASSWORD = 'simulated'

/** Makes a fresh database with its own roles, so that nothing else on the server is touched. */
export async function makeDatabase(
  server: Server,
  run: string,
  service: ServiceDefinition,
): Promise<SimulatedDatabase> {
  const plain = rolesOf(service.name)
  const prefixed = (name: string): string => `simulation_${run}_${name}`
  const roles: ServiceRoles = {
    database: prefixed(plain.database),
    owner: prefixed(plain.owner),
    app: prefixed(plain.app),
    reader: prefixed(plain.reader),
  }
  const as = (role: string): Target & { host: string; port: number } =>
    server(roles.database, role, PASSWORD) as Target & { host: string; port: number }
  await withAdmin(server, async (admin) => {
    await ensureDatabase(admin, roles, () => PASSWORD)
    // Circles are found by the simulator, at once; the server would look when a second of the machine has passed.
    for (const role of [roles.app, roles.reader])
      await admin.unsafe(`alter role ${quoted(role)} set deadlock_timeout = '1h'`)
  })
  await migrate(as(roles.owner), roles, await migrationsIn([...libraryMigrations, fileURLToPath(service.migrations)]))
  await withAdmin(server, (admin) =>
    admin.unsafe(`alter role current_user in database ${quoted(roles.database)} set lock_timeout = '100ms'`),
  )
  const watching = openPool(server(roles.database), { name: 'simulation', max: 2, statementTimeoutMs: 0 })
  await watching.unsafe(QUIET_TABLES)
  return {
    targetOf: (role) => as(roles[role]),
    watching,
    drop: async () => {
      await watching.end({ timeout: 1 })
      await withAdmin(server, async (admin) => {
        await admin.unsafe(`drop database ${quoted(roles.database)} with (force)`)
        for (const role of [roles.owner, roles.app, roles.reader]) await admin.unsafe(`drop role ${quoted(role)}`)
      })
    },
  }
}

/** Functions of a database that may write, because they do not say that they only read. */
export async function writingFunctions(sql: Sql): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    select distinct proname as name from pg_proc
    where pronamespace = 'public'::regnamespace and provolatile = 'v' and prorettype <> 'trigger'::regtype`
  return rows.map(({ name }) => name)
}

/** What the server does by itself would change plans, and with them the order of rows, at a moment that no seed decides. */
const QUIET_TABLES = `
  do $$ declare quiet record; begin
    for quiet in select oid::regclass as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace loop
      execute format('alter table %s set (autovacuum_enabled = false)', quiet.name);
    end loop;
  end $$`

async function withAdmin(server: Server, work: (admin: Sql) => Promise<unknown>): Promise<void> {
  const admin = openPool(server('postgres'), { name: 'simulation', max: 1, statementTimeoutMs: 0 })
  await work(admin).finally(() => admin.end({ timeout: 5 }))
}
