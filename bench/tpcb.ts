import { openPool } from '#libs/sql/database.ts'
import type { EmbeddedServer } from '#platform/embedded/server.ts'
import { findPgbench, type PgbenchResult, pgbench, pgbenchLoop } from './pgbench.ts'

const SCALE = 100
const DATABASE = 'tpcb'

/** pgbench's TPC-B-like script at scale 100 on the same server: the yardstick of every other figure; undefined without pgbench. */
export async function tpcbLoop(
  server: EmbeddedServer,
  clients: number,
  seconds: number,
): Promise<PgbenchResult | undefined> {
  if (!(await fillTpcb(server))) return undefined
  return pgbenchLoop(server, { database: DATABASE, clients, seconds })
}

/** Makes and fills the tables where they are missing; false without pgbench. */
export async function fillTpcb(server: EmbeddedServer): Promise<boolean> {
  if (findPgbench() === undefined) return false
  const admin = openPool(server.options('postgres'), { name: 'bench', max: 1, statementTimeoutMs: 0 })
  try {
    const [existing] = await admin`select 1 from pg_database where datname = ${DATABASE}`
    if (existing !== undefined) return true
    await admin.unsafe(`create database ${DATABASE}`)
    await pgbench(server, DATABASE, ['-i', '-q', '-s', String(SCALE)])
    return true
  } finally {
    await admin.end({ timeout: 5 })
  }
}
