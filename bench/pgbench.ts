import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { EmbeddedServer } from '#platform/embedded/server.ts'

const run = promisify(execFile)
const MAX_OUTPUT_BYTES = 1 << 24
/** Of the transactions whose latency is written down: enough for a 99th percentile, too few to cost pgbench anything. */
const SAMPLED_SHARE = 0.1

/** What pgbench got out of a script. */
export interface PgbenchResult {
  done: number
  seconds: number
  per_second: number
  latency_ms: number
  p50_ms: number
  p99_ms: number
}

/** Where pgbench is, or undefined: it comes with PostgreSQL's client tools, not with this project. */
export function findPgbench(): string | undefined {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).map((version) => `${debian}/${version}/bin`) : []
  return [...versions, ...(process.env.PATH ?? '').split(':')]
    .map((folder) => `${folder}/pgbench`)
    .find((file) => existsSync(file))
}

/** Runs pgbench with any arguments on a database of the server; undefined where it is not installed. */
export async function pgbench(
  server: EmbeddedServer,
  database: string,
  args: readonly string[],
): Promise<string | undefined> {
  const program = findPgbench()
  if (program === undefined) return undefined
  const { host, port, user, password } = server.connection
  const env = { ...process.env, PGPASSWORD: password }
  const at = ['-h', host, '-p', String(port), '-U', user]
  const { stdout } = await run(program, [...at, ...args, database], { env, maxBuffer: MAX_OUTPUT_BYTES })
  return stdout
}

/** A closed loop of prepared statements: TPC-B-like, or a script of ours. */
export async function pgbenchLoop(
  server: EmbeddedServer,
  options: { database: string; clients: number; seconds: number; script?: string },
): Promise<PgbenchResult | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'bankflow-pgbench-'))
  try {
    const log = ['-l', `--log-prefix=${folder}/log`, `--sampling-rate=${SAMPLED_SHARE}`]
    const load = ['-c', String(options.clients), '-j', '2', '-T', String(options.seconds), '-M', 'prepared']
    const script = options.script === undefined ? [] : ['-n', '-f', join(folder, 'script.sql')]
    if (options.script !== undefined) await writeFile(join(folder, 'script.sql'), options.script)
    const output = await pgbench(server, options.database, [...load, ...log, ...script])
    if (output === undefined) return undefined
    const number = (pattern: RegExp): number => Number(pattern.exec(output)?.[1])
    const per_second = number(/tps = ([\d.]+)/)
    const done = number(/transactions actually processed: (\d+)/)
    const latencies = await latenciesIn(folder)
    return {
      done,
      per_second,
      // Of the load alone: making hundreds of connections is not what is measured.
      seconds: done / per_second,
      latency_ms: number(/latency average = ([\d.]+)/),
      p50_ms: latencies[Math.floor(latencies.length / 2)] ?? Number.NaN,
      p99_ms: latencies[Math.floor(latencies.length * 0.99)] ?? Number.NaN,
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The third column of each line is a latency in microseconds. */
async function latenciesIn(folder: string): Promise<Float64Array> {
  const names = readdirSync(folder).filter((name) => name.startsWith('log'))
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))
  const lines = texts.flatMap((text) => text.split('\n').filter((line) => line !== ''))
  return Float64Array.from(lines, (line) => Number(line.split(' ')[2]) / 1000).sort()
}
