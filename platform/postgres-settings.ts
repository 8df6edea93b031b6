import { flag, holdsPem, integer, type Setting } from '#libs/config/kinds.ts'
import { declareSettings, type Environment, readSettings, SettingsRefused } from '#libs/config/settings.ts'
import { parseServerUrl } from '#libs/sql/server-url.ts'

/** A PostgreSQL URL: one server or several with commas, TLS by sslmode. */
export function postgresUrl(told: { env: string; describe: string }): Setting<string | undefined> {
  return {
    ...told,
    kind: 'url',
    default: undefined,
    is_secret: true,
    allowed: 'postgres://USER:PASSWORD@HOST:PORT,…/DATABASE?sslmode=verify-full&sslrootcert=FILE',
    write: String,
    parse(text) {
      try {
        const { tls } = parseServerUrl(text)
        const unread = [tls?.authority, tls?.certificate, tls?.key].find(
          (path) => path !== undefined && !holdsPem(path),
        )
        return unread === undefined ? text : { refusal: `names ${unread}, which holds nothing in PEM that can be read` }
      } catch (error) {
        return { refusal: (error as Error).message }
      }
    },
  }
}

/** What an operator may set of the ways to PostgreSQL, beside the URLs of single services. */
export const postgresSettings = declareSettings({
  database_url: postgresUrl({
    env: 'DATABASE_URL',
    describe:
      'PostgreSQL whose role may create databases and roles: one server, or a primary and its replicas with commas; the embedded one unless set',
  }),
  reader_url: postgresUrl({
    env: 'DATABASE_READER_URL',
    describe:
      'replicas of DATABASE_URL, with commas, for reads that tolerate answers of a few seconds ago; the primary may be among them',
  }),
  pooler: flag({
    env: 'BANKFLOW_POOLER',
    default: false,
    describe:
      'true where the database URLs lead to PgBouncer in transaction mode; npm run migrate needs the server itself',
  }),
  app_connections: integer({
    env: 'BANKFLOW_DATABASE_CONNECTIONS',
    default: 4,
    min: 1,
    max: 200,
    describe: 'connections at most that a process opens to the primary for each of its services, to write',
  }),
  reader_connections: integer({
    env: 'BANKFLOW_DATABASE_READER_CONNECTIONS',
    default: 2,
    min: 1,
    max: 200,
    describe: 'the same, to read',
  }),
  replica_connections: integer({
    env: 'BANKFLOW_DATABASE_REPLICA_CONNECTIONS',
    default: 2,
    min: 1,
    max: 200,
    describe: 'the same, to each replica',
  }),
  replica_lag_ms: integer({
    env: 'BANKFLOW_REPLICA_LAG_MS',
    default: 2_000,
    min: 500,
    max: 5_000,
    describe: 'a replica that is further behind the primary (milliseconds) answers no reads',
  }),
})

/** How the pools of each service are made. */
export interface DatabaseTuning {
  isPooled: boolean
  appConnections: number
  readerConnections: number
  replicaConnections: number
  replicaLagMs: number
}

/** What a bank has whose operator says nothing. */
export const PLAIN_TUNING: DatabaseTuning = tuningOf({})

/** The sizes and habits of the pools. */
export function tuningOf(env: Environment): DatabaseTuning {
  const values = readSettings(postgresSettings, env)
  return {
    isPooled: values.pooler,
    appConnections: values.app_connections,
    readerConnections: values.reader_connections,
    replicaConnections: values.replica_connections,
    replicaLagMs: values.replica_lag_ms,
  }
}

/** The ways to PostgreSQL of one process. */
export interface PostgresSettings {
  /** True where the embedded server is the only one. */
  isEmbedded: boolean
  databaseUrl: string | undefined
  /** Replicas of `databaseUrl`. */
  readerUrl: string | undefined
  databaseTuning: DatabaseTuning
  databaseUrlOf(service: string): string | undefined
  readerUrlOf(service: string): string | undefined
}

/**
 * Joins the URLs of single services (`urls`: "SERVICE database" and "SERVICE replicas") with those of all. Replicas of nothing, and a pooler
 * before nothing, are refused.
 */
export function postgresOf(
  env: Environment,
  urls: Readonly<Record<string, string | undefined>>,
  here: readonly string[],
): PostgresSettings {
  const { database_url: databaseUrl, reader_url: readerUrl, pooler } = readSettings(postgresSettings, env)
  const databaseUrlOf = (service: string): string | undefined => urls[`${service} database`]
  const isEmbedded = databaseUrl === undefined && !here.some((service) => databaseUrlOf(service) !== undefined)
  if (readerUrl !== undefined && databaseUrl === undefined)
    throw new SettingsRefused('DATABASE_READER_URL: its primary is not known; set DATABASE_URL')
  if (pooler && isEmbedded)
    throw new SettingsRefused('BANKFLOW_POOLER: the embedded database has no pooler; set DATABASE_URL or unset it')
  return {
    isEmbedded,
    databaseUrl,
    readerUrl,
    databaseTuning: tuningOf(env),
    databaseUrlOf,
    readerUrlOf: (service) => urls[`${service} replicas`],
  }
}
