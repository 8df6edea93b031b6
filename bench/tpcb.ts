import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { promisify } from 'node:util'
import { openPool } from '#libs/sql/database.ts'
import type { EmbeddedServer } from '#platform/embedded/server.ts'

const run = promisify(execFile)
const SCALE = 100

/** Where pgbench is, or undefined: it comes with PostgreSQL's client tools, not with this project. */
export function findPgbench(): string | undefined {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).map((version) => `${debian}/${version}/bin`) : []
  return [...versions, ...(process.env.PATH ?? '').split(':')]
    .map((folder) => `${folder}/pgbench`)
    .find((file) => existsSync(file))
}

/** Transactions a second of pgbench's TPC-B-like script at scale 100 on the same server: the yardstick of every other figure. */
export async function tpcbRate(
  server: EmbeddedServer,
  clients: number,
  seconds: number,
): Promise<{ per_second: number; latency_ms: number } | undefined> {
  const pgbench = findPgbench()
  if (pgbench === undefined) return undefined
  const { host, port, user, password } = server.connection
  const env = { ...process.env, PGPASSWORD: password }
  const at = ['-h', host, '-p', String(port), '-U', user]
  const admin = openPool(server.options('postgres'), { name: 'bench', max: 1, statementTimeoutMs: 0 })
  try {
    const [existing] = await admin`select 1 from pg_database where datname = 'tpcb'`
    if (existing === undefined) {
      await admin.unsafe('create database tpcb')
      await run(pgbench, [...at, '-i', '-q', '-s', String(SCALE), 'tpcb'], { env, maxBuffer: 1 << 24 })
    }
    const { stdout } = await run(
      pgbench,
      [...at, '-c', String(clients), '-j', '2', '-T', String(seconds), '-M', 'prepared', 'tpcb'],
      { env, maxBuffer: 1 << 24 },
    )
    return {
      per_second: Number(/tps = ([\d.]+)/.exec(stdout)?.[1]),
      latency_ms: Number(/latency average = ([\d.]+)/.exec(stdout)?.[1]),
    }
  } finally {
    await admin.end({ timeout: 5 })
  }
}
