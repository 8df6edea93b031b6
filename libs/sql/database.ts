import { AsyncLocalStorage } from 'node:async_hooks'
import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import postgres from 'postgres'
import { decode, encode } from '#libs/json/json.ts'
import { Fault, invariant } from '#libs/problem/problem.ts'
import { knowArrays } from './array-types.ts'
import { beginGuarded, type ClosedConnections } from './guarded-transaction.ts'
import { Replicas } from './replicas.ts'
import { serverParts } from './server-parts.ts'
import { STARTUP_BLANKS, serverSockets } from './server-socket.ts'
import { type Address, parseServerUrl, type ServerTls } from './server-url.ts'
import { Servers } from './servers.ts'

type BankTypes = { bigint: bigint }
/** A pool of connections; a query outside a transaction commits by itself. */
export type Sql = postgres.Sql<BankTypes>
/** One transaction's connection. */
export type Tx = postgres.TransactionSql<BankTypes>
/** Either: for statements that reads and writes share. */
export type Queryable = postgres.ISql<BankTypes>

/** How to reach one database as one role: a URL (server-url.ts), or its parts (a socket folder is a `host`). */
export interface Target {
  url?: string
  host?: string
  port?: number
  /** Instead of `host` and `port`: several servers, of which the one that accepts writes is found, also after a failover. */
  hosts?: readonly Address[]
  tls?: ServerTls | undefined
  database?: string
  user?: string
  password?: string
  /** Makes each connection, where it does not go to the server straight. */
  socket?: () => Duplex
}

export interface PoolOptions {
  name: string
  /** Connections at most. */
  max: number
  statementTimeoutMs?: number
  /** False behind a pooler that cannot keep prepared statements (PgBouncer before 1.21 in transaction mode). */
  prepare?: boolean
  /**
   * Behind a pooler that hands the server's sessions from transaction to transaction (PgBouncer): nothing is asked of a session, so the roles
   * carry their limits themselves (migrate.ts), and nothing is prepared.
   */
  isPooled?: boolean
  /** Speaks the replication protocol (PostgreSQL §54.4) instead of SQL: back-ups are taken this way. */
  replication?: boolean
}

const closedConnections = new WeakMap<Sql, ClosedConnections>()

const STATEMENT_TIMEOUT_MS = 30_000
/** A server that is silent for longer than its own limit on a statement, and this (ms), is gone. */
const SILENCE_MARGIN_MS = 15_000

/** Opens a pool lazily (no connection until the first query), with the bank's types: int8 is bigint, dates are text, JSON is our codec. */
export function openPool(target: Target, options: PoolOptions): Sql {
  const closed: ClosedConnections = { count: 0 }
  const { url, hosts, tls, socket, host = 'localhost', port = 5432, ...role } = target
  const way = url === undefined ? { tls, hosts: hosts ?? [{ host, port }], ...role } : parseServerUrl(url)
  const [first] = way.hosts as [Address]
  const settings = {
    // Always one: with several the driver tries again by itself, for ever and without a pause.
    ...first,
    database: way.database,
    user: way.user,
    password: way.password,
    socket: socket ?? socketsTo(way, options),
    onclose: () => {
      closed.count += 1
    },
    max: options.max,
    prepare: options.isPooled !== true && (options.prepare ?? true),
    fetch_types: false,
    onnotice: () => {},
    idle_timeout: 0,
    connect_timeout: 5,
    max_lifetime: null,
    backoff: (attempt: number) => Math.min(0.05 * 2 ** attempt, 1),
    connection: startupOf(options),
    types: {
      bigint: {
        to: 20,
        from: [20],
        parse: (text: string) => BigInt(text),
        serialize: (value: bigint) => value.toString(),
      },
      date: { to: 1082, from: [1082], parse: (text: string) => text, serialize: (text: string) => text },
      json: { to: 114, from: [114, 3802], parse: decode, serialize: encode },
    },
  }
  const sql = postgres(settings as unknown as postgres.Options<never>) as unknown as Sql
  knowArrays(sql.options as unknown as Parameters<typeof knowArrays>[0])
  closedConnections.set(sql, closed)
  return sql
}

/** What a session is told when it begins. */
function startupOf({
  name,
  statementTimeoutMs = STATEMENT_TIMEOUT_MS,
  isPooled,
  replication,
}: PoolOptions): Record<string, unknown> {
  if (isPooled === true) return { application_name: name, options: STARTUP_BLANKS }
  return {
    application_name: name,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: 60_000,
    // A statement over many months has a cost that makes the server compile it, which takes longer than to answer it.
    jit: 'off',
    options: STARTUP_BLANKS,
    ...(replication === true ? { replication: 'true' } : {}),
  }
}

interface Way {
  hosts: readonly Address[]
  tls?: ServerTls | undefined
  database?: string
  user?: string
  password?: string
}

function socketsTo(
  way: Way,
  { name, isPooled = false, statementTimeoutMs = STATEMENT_TIMEOUT_MS }: PoolOptions,
): () => unknown {
  const [only] = way.hosts as [Address]
  const toOne = { tls: way.tls, isPooled, onEnd: () => {}, silenceMs: undefined }
  const { host, port } = only
  if (way.hosts.length === 1)
    return serverSockets({ ...toOne, pick: () => (host.startsWith('/') ? `${host}/.s.PGSQL.${port}` : only) })
  const { hosts: _, ...there } = way
  const servers = new Servers(way.hosts, (at) =>
    serverParts(openPool({ ...there, ...at }, { name: `${name}-finder`, max: 1, statementTimeoutMs: 2_000, isPooled })),
  )
  return serverSockets({
    ...toOne,
    pick: () => servers.pick(),
    onEnd: () => servers.forget(),
    silenceMs: statementTimeoutMs === 0 ? undefined : statementTimeoutMs + SILENCE_MARGIN_MS,
  })
}

/** One service's database: the writing pool, the reading pool, and transactions. */
export interface Database {
  readonly service: string
  readonly app: Sql
  readonly reader: Sql
  /** For reads that tolerate answers of a few seconds ago: a replica that lags no more than it may, `reader` where there is none. */
  readonly lagging: Sql
  /** How far each replica lags (ms, by address), for metrics. */
  lags(): ReadonlyMap<string, number>
  /**
   * Runs `work` in one transaction and commits. A deadlock or serialization failure is run again (3 times at most), so `work` may do
   * nothing but SQL. A connection that is lost throws Fault: whether the commit happened is then unknown.
   */
  transact<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  close(): Promise<void>
}

export interface DatabaseOptions {
  service: string
  app: Target
  reader?: Target
  appConnections: number
  readerConnections: number
  isPooled?: boolean
  /** 30 s unless told. */
  statementTimeoutMs?: number
  replicas?: ReplicaOptions | undefined
}

/** Servers that follow the primary; the primary may be among them and is then left out. */
export interface ReplicaOptions {
  target: Target
  /** Connections to each. */
  connections: number
  /** One that is further behind (ms) answers nothing. */
  max_lag_ms: number
}

const insideTransaction = new AsyncLocalStorage<true>()

/** True while a transaction of this call chain is open: asking another service now could hang both for ever. */
export function isInTransaction(): boolean {
  return insideTransaction.getStore() === true
}

/** Opens the pools of one service. */
export function openDatabase(options: DatabaseOptions): Database {
  const { service, isPooled = false, statementTimeoutMs = STATEMENT_TIMEOUT_MS } = options
  const app = openPool(options.app, { name: service, max: options.appConnections, isPooled, statementTimeoutMs })
  const reader = openPool(options.reader ?? options.app, {
    name: `${service}-reader`,
    max: options.readerConnections,
    isPooled,
    statementTimeoutMs,
  })
  const replicas = options.replicas === undefined ? undefined : openReplicas(options.replicas, reader, options)
  return {
    service,
    app,
    reader,
    get lagging() {
      return replicas?.pick() ?? reader
    },
    lags: () => replicas?.lags() ?? new Map(),
    transact: (work) => transact(app, work),
    close: async () => {
      await replicas?.close()
      await Promise.all([app.end({ timeout: 5 }), reader.end({ timeout: 5 })])
    },
  }
}

/** A pool for each server by itself. */
function openReplicas(
  { target, connections, max_lag_ms }: ReplicaOptions,
  primary: Sql,
  { service, isPooled = false }: DatabaseOptions,
): Replicas {
  const { url, host = 'localhost', port = 5432, hosts = [{ host, port }], ...rest } = target
  const { hosts: all, ...role } = url === undefined ? { hosts, ...rest } : parseServerUrl(url)
  const replicas = all.map((at) => ({
    name: `${at.host}:${at.port}`,
    sql: openPool({ ...role, ...at }, { name: `${service}-replica`, max: connections, isPooled }),
  }))
  return new Replicas({ replicas, primary, max_lag_ms })
}

async function transact<T>(app: Sql, work: (tx: Tx) => Promise<T>): Promise<T> {
  invariant(!isInTransaction(), 'a transaction is opened inside another')
  for (let attempt = 1; ; attempt++) {
    let hasBegun = false
    const begun = async (tx: Tx): Promise<T> => {
      hasBegun = true
      return work(tx)
    }
    try {
      return await insideTransaction.run(true, () => beginGuarded(app, closedConnections.get(app), begun))
    } catch (error) {
      // postgres.js reports the death of a connection once more to the next user of its slot: then nothing has begun.
      const isOver = attempt === 3 || (hasBegun && !isWorthRepeating(error))
      if (isOver && isConnectionLost(error)) throw new Fault('the database connection was lost', { cause: error })
      if (isOver) throw error
      await sleep(Math.random() * 20 * attempt)
    }
  }
}

function sqlStateOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** The name of the constraint that a refused row broke, or undefined. */
export function brokenConstraint(error: unknown): string | undefined {
  if (!(error instanceof postgres.PostgresError)) return undefined
  return error.constraint_name === undefined || error.constraint_name === '' ? undefined : error.constraint_name
}

/** Deadlock or serialization failure: the server rolled back, and the same work may well succeed now. */
function isWorthRepeating(error: unknown): boolean {
  return sqlStateOf(error) === '40P01' || sqlStateOf(error) === '40001'
}

/** 25006: the server has become a replica, and a pooler in between did not tell. */
const LOST =
  /^(08|57P0|25P03|25006|53300)|^(CONNECTION_|CONNECT_TIMEOUT|ECONN|EPIPE|ENOENT|ENOTFOUND|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT)/

/** True when the server is gone or going: nothing is known of a commit that was under way. */
export function isConnectionLost(error: unknown): boolean {
  return error instanceof Fault || LOST.test(sqlStateOf(error))
}

/** Deadlocks that outlived their repeats, full disks and memory, locks not had, statements that took too long: the load's fault. */
const OF_THE_LOAD = /^(40|53|55P03|57014)/

/** True when the failure says nothing about the rows themselves, so that the same work may succeed later. */
export function isOfTheLoad(error: unknown): boolean {
  return OF_THE_LOAD.test(sqlStateOf(error))
}

/**
 * True when a transaction certainly left nothing, and the reason lies in what it was given: the server refused a row, or the work itself
 * threw. Giving it less at a time then finds the member at fault.
 */
export function isRolledBack(error: unknown): boolean {
  return !isConnectionLost(error) && !isOfTheLoad(error)
}
