import { fileURLToPath } from 'node:url'
import type { KeyProvider } from '#libs/crypto/key-provider.ts'
import { libraryMigrations } from '#libs/service/migrations.ts'
import { type DatabaseOptions, openPool, type Target } from '#libs/sql/database.ts'
import { ensureDatabase, migrate, migrationsIn, rolesOf } from '#libs/sql/migrate.ts'
import { parseServerUrl } from '#libs/sql/server-url.ts'
import { services } from './catalogue.ts'
import type { DatabaseTuning } from './postgres-settings.ts'

/** A PostgreSQL server, reached as one of its roles. */
export type Server = (database: string, user?: string, password?: string) => Target

/** The password of a service's role: derived from the master key, so that every process of the bank knows it and none stores it. */
export function rolePassword(keys: KeyProvider): (role: string) => string {
  return (role) => keys.derive(`postgres role ${role}`).toString('base64url')
}

/** The server, or the primary and its replicas, behind a `DATABASE_URL`. */
export function serverOf(databaseUrl: string): Server {
  const { hosts, tls, ...url } = parseServerUrl(databaseUrl)
  return (database, user = url.user, password = url.password) => ({ hosts, tls, database, user, password })
}

/** How a service's database is opened: its pools, and replicas where there are any. */
export function databaseOptionsOf(
  service: string,
  { appConnections, readerConnections, isPooled, replicaConnections, replicaLagMs }: DatabaseTuning,
  targetOf: (service: string, role: 'app' | 'reader') => Target,
  replicasOf: ((service: string) => Target | undefined) | undefined,
): DatabaseOptions {
  const target = replicasOf?.(service)
  const [app, reader] = [targetOf(service, 'app'), targetOf(service, 'reader')]
  const pools = { service, app, reader, appConnections, readerConnections, isPooled }
  if (target === undefined) return pools
  return { ...pools, replicas: { target, connections: replicaConnections, max_lag_ms: replicaLagMs } }
}

/** The database of a service on a server of ours, as one of its roles. */
export function targetOf(server: Server, keys: KeyProvider, service: string, role: 'app' | 'reader' | 'owner'): Target {
  const roles = rolesOf(service)
  return server(roles.database, roles[role], rolePassword(keys)(roles[role]))
}

/** Makes roles and databases and applies the migrations that are missing; says what it did. */
export async function migrateAll(
  server: Server,
  keys: KeyProvider,
  names: readonly string[],
  say: (line: string) => void,
): Promise<void> {
  const admin = openPool(server('postgres'), { name: 'migrate', max: 1, statementTimeoutMs: 0 })
  try {
    for (const service of services.filter((one) => names.includes(one.name))) {
      const roles = rolesOf(service.name)
      await ensureDatabase(admin, roles, rolePassword(keys))
      const files = await migrationsIn([...libraryMigrations, fileURLToPath(service.migrations)])
      const applied = await migrate(targetOf(server, keys, service.name, 'owner'), roles, files)
      if (applied.length > 0) say(`${service.name}: ${applied.length} migration${applied.length === 1 ? '' : 's'}`)
    }
  } finally {
    await admin.end({ timeout: 5 })
  }
}
