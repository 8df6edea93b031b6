import { fileURLToPath } from 'node:url'
import type { KeyProvider } from '#libs/crypto/key-provider.ts'
import { libraryMigrations } from '#libs/service/migrations.ts'
import { openPool, type Target } from '#libs/sql/database.ts'
import { ensureDatabase, migrate, migrationsIn, rolesOf } from '#libs/sql/migrate.ts'
import { services } from './catalogue.ts'

/** A PostgreSQL server, reached as one of its roles. */
export type Server = (database: string, user?: string, password?: string) => Target

/** The password of a service's role: derived from the master key, so that every process of the bank knows it and none stores it. */
export function rolePassword(keys: KeyProvider): (role: string) => string {
  return (role) => keys.derive(`postgres role ${role}`).toString('base64url')
}

/** The server behind a `DATABASE_URL`. */
export function serverOf(databaseUrl: string): Server {
  const url = new URL(databaseUrl)
  return (database, user = decodeURIComponent(url.username), password = decodeURIComponent(url.password)) => ({
    host: url.hostname,
    port: Number(url.port || 5432),
    database,
    user,
    password,
  })
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
