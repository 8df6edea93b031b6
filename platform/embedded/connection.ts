import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { openPool } from '#libs/sql/database.ts'
import { EmbeddedServerError, systemCodeOf } from './embedded-server-error.ts'

/** How the superuser reaches the server. */
export interface ServerConnection {
  /** The socket's folder, or 127.0.0.1. */
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: 'postgres'
}

/** What postgres.js and `libs/sql` take; a host that is a folder means the socket in it. */
export interface ConnectionOptions {
  host: string
  port: number
  database: string
  user: string
  password: string
}

/** The options to reach `database`, as the superuser unless told otherwise. */
export function optionsFor(
  at: ServerConnection,
  database: string,
  user = at.user,
  password = at.password,
): ConnectionOptions {
  return { host: at.host, port: at.port, database, user, password }
}

/**
 * The URL of `database`, as the superuser unless told otherwise. For a socket it is the form of PostgreSQL's own tools (psql, pgbench:
 * the folder, percent-encoded, as host), which postgres.js 3 cannot read: give that one `optionsFor`, or start with `listen: 'loopback'`.
 */
export function urlFor(at: ServerConnection, database: string, user = at.user, password = at.password): string {
  const [host, name, role, secret] = [at.host, database, user, password].map(encodeURIComponent)
  return `postgres://${role}:${secret}@${host}:${at.port}/${name}`
}

/** A port of the loopback that nobody has right now. */
export async function findFreePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new EmbeddedServerError('no free port on 127.0.0.1')
  return address.port
}

/** How long a living server may stay silent, in ms. Recovery after a crash is not silence: it answers that it is starting up. */
const SILENCE = 120_000

/** Waits for a real query to be answered and tells the server's version; undefined as soon as `isAlive` is false. */
export async function untilAnswering(at: ServerConnection, isAlive: () => boolean): Promise<string | undefined> {
  for (let heard = Date.now(); isAlive(); await sleep(25)) {
    try {
      return await askVersion(at)
    } catch (error) {
      const code = systemCodeOf(error)
      if (code === '28P01') {
        throw new EmbeddedServerError(
          "the database does not take the password in the home's file postgres-password: restore that file from a backup",
          { cause: error },
        )
      }
      if (code === '57P03' || code === '53300') heard = Date.now()
      if (Date.now() - heard > SILENCE)
        throw new EmbeddedServerError(`PostgreSQL runs but does not answer: ${String(error)}`, { cause: error })
    }
  }
  return undefined
}

async function askVersion(at: ServerConnection): Promise<string> {
  const sql = openPool(optionsFor(at, at.database), { name: 'bankflow-start', max: 1, statementTimeoutMs: 10_000 })
  try {
    const [row] = await sql<{ version: string }[]>`select current_setting('server_version') as version`
    return row?.version ?? ''
  } finally {
    await sql.end({ timeout: 1 })
  }
}
