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
  /** What the database's own clock shows from now on: leases live by it. */
  tellTime(ms: number): Promise<void>
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
  const as = (role: string): Target & { host: string; port: number } => {
    const { hosts, ...target } = server(roles.database, role, PASSWORD)
    const { host = '', port = 0 } = hosts?.[0] ?? target
    return { ...target, host, port }
  }
  await withAdmin(server, async (admin) => {
    await ensureDatabase(admin, roles, () => PASSWORD)
    // Circles are found by the simulator, at once; the server would look when a second of the machine has passed.
    for (const role of [roles.app, roles.reader]) {
      await admin.unsafe(`alter role ${quoted(role)} set deadlock_timeout = '1h'`)
      await admin.unsafe(`alter role ${quoted(role)} set search_path = simulated, pg_catalog, public`)
      // Limits of the machine's time have no place where only the seed lets time pass.
      for (const limit of ['statement_timeout', 'idle_in_transaction_session_timeout'])
        await admin.unsafe(`alter role ${quoted(role)} in database ${quoted(roles.database)} set ${limit} = 0`)
    }
  })
  await migrate(as(roles.owner), roles, await migrationsIn([...libraryMigrations, fileURLToPath(service.migrations)]))
  await withAdmin(server, (admin) =>
    admin.unsafe(`alter role current_user in database ${quoted(roles.database)} set lock_timeout = '100ms'`),
  )
  const watching = openPool(server(roles.database), { name: 'simulation', max: 2, statementTimeoutMs: 0 })
  await watching.unsafe(QUIET_TABLES)
  await watching.unsafe(SIMULATED_CLOCK)
  await watching.unsafe(COUNTED_CLAIMS)
  return {
    targetOf: (role) => as(roles[role]),
    watching,
    tellTime: async (ms) => void (await watching`update simulated.moment set at = ${new Date(ms)}`),
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

/** Stands before the server's own function of that name; one that is called twice in a statement answers the same, which the bank may bear. */
const SIMULATED_CLOCK = `
  create schema simulated;
  create table simulated.moment (at timestamptz not null);
  insert into simulated.moment values ('-infinity');
  create function simulated.clock_timestamp() returns timestamptz language sql volatile as 'select at from simulated.moment';
  grant usage on schema simulated to public;
  grant select on simulated.moment to public`

/** Each commit that took an event for its own, also one that had been taken before: its row is refused after this is told of it. */
const COUNTED_CLAIMS = `
  create table simulated.claims (event_id uuid not null);
  create function simulated.count_claim() returns trigger language plpgsql security definer as
    'begin insert into simulated.claims values (new.event_id); return new; end';
  create trigger counted before insert on public.event_inbox for each row execute function simulated.count_claim()`

async function withAdmin(server: Server, work: (admin: Sql) => Promise<unknown>): Promise<void> {
  const admin = openPool(server('postgres'), { name: 'simulation', max: 1, statementTimeoutMs: 0 })
  await work(admin).finally(() => admin.end({ timeout: 5 }))
}
