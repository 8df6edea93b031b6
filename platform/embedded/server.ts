import { type Binaries, prepareBinaries } from './binaries.ts'
import { keepPassword, makeClusterOnce, SUPERUSER } from './cluster.ts'
import { type ConnectionOptions, findFreePort, optionsFor, type ServerConnection, urlFor } from './connection.ts'
import { EmbeddedServerError, systemCodeOf } from './embedded-server-error.ts'
import { type HomeLock, lockHome } from './lock.ts'
import { stopOrphan } from './orphan.ts'
import { choosePlace, openHome, type Place, socketFolder } from './place.ts'
import { serverArguments } from './settings.ts'
import { type ServerState, type StateListener, Supervisor } from './supervisor.ts'

export interface EmbeddedServerOptions {
  /** BANKFLOW_HOME; made when missing. */
  home: string
  /** Takes one line of progress at a time. */
  log: (line: string) => void
  /** 100 by default. */
  maxConnections?: number
  /** As PostgreSQL writes sizes; 128MB by default. */
  sharedBuffers?: string
  /** False for tests: killed processes still lose nothing, but a crash of the machine may lose everything. */
  durable?: boolean
  /** By default a unix socket, or loopback where its name would be too long; `loopback` where a URL must be readable by postgres.js. */
  listen?: 'socket' | 'loopback'
  /** Where root puts data that the server's user cannot reach in the home; /var/lib/bankflow by default. */
  outside?: string
}

/** A running PostgreSQL that is restarted when it dies, until `stop`. */
export interface EmbeddedServer {
  readonly connection: ServerConnection
  /** For PostgreSQL's own tools, and for postgres.js when `connection.host` is no socket. */
  url(database: string, user?: string, password?: string): string
  /** For postgres.js and `libs/sql`. */
  options(database: string, user?: string, password?: string): ConnectionOptions
  state(): ServerState
  /** Tells every change of state from now on; the result ends it. */
  onState(listener: StateListener): () => void
  pid(): number | undefined
  /** Closes all connections, writes everything out, and waits until the server has gone. */
  stop(): Promise<void>
  readonly version: string
}

/** Starts PostgreSQL on the home's data, making them at the first start; throws EmbeddedServerError with one line that says what to do. */
export async function startEmbeddedServer(options: EmbeddedServerOptions): Promise<EmbeddedServer> {
  try {
    const home = openHome(options.home)
    const lock = lockHome(home)
    return await startOn(home, lock, options).catch((error) => {
      lock.release()
      throw error
    })
  } catch (error) {
    throw inOneLine(error, options.home)
  }
}

async function startOn(home: string, lock: HomeLock, options: EmbeddedServerOptions): Promise<EmbeddedServer> {
  const place = choosePlace(home, { outside: options.outside, log: options.log })
  const binaries = await prepareBinaries(place, options.log)
  const password = keepPassword(home)
  await stopOrphan(place, binaries, options.log)
  await makeClusterOnce({ place, binaries, password, durable: options.durable ?? true, log: options.log })
  const { supervisor, connection } = await superviseOn(place, binaries, password, options)
  const version = await supervisor.start()
  return {
    connection,
    url: (...what) => urlFor(connection, ...what),
    options: (...what) => optionsFor(connection, ...what),
    state: () => supervisor.state(),
    onState: (listener) => supervisor.onState(listener),
    pid: () => supervisor.pid(),
    stop: () => supervisor.stop().finally(() => lock.release()),
    version,
  }
}

function inOneLine(error: unknown, home: string): unknown {
  const code = systemCodeOf(error)
  if (code === 'ENOSPC')
    return new EmbeddedServerError(`the disk is full: the database in ${home} cannot start`, { cause: error })
  if (!/^E[A-Z]+$/.test(code) || !(error instanceof Error)) return error
  return new EmbeddedServerError(`the database in ${home} cannot start: ${error.message}`, { cause: error })
}

async function superviseOn(place: Place, binaries: Binaries, password: string, options: EmbeddedServerOptions) {
  const folder = options.listen === 'loopback' ? undefined : socketFolder(place, 5432)
  const port = folder === undefined ? await findFreePort() : 5432
  const connection: ServerConnection = {
    host: folder ?? '127.0.0.1',
    port,
    user: SUPERUSER,
    password,
    database: 'postgres',
  }
  const args = serverArguments({
    data: place.data,
    logFolder: place.log,
    socketFolder: folder,
    port,
    maxConnections: options.maxConnections ?? 100,
    sharedBuffers: options.sharedBuffers ?? '128MB',
    durable: options.durable ?? true,
  })
  return { supervisor: new Supervisor({ place, binaries, args, connection, log: options.log }), connection }
}
