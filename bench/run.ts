import { parseArgs } from 'node:util'
import type { ServiceRuntime } from '#libs/service/runtime.ts'
import { BENCH_SETTINGS, type BenchBank, fundedAccounts, startBenchBank } from './bench-bank.ts'
import { benchCluster } from './cluster.ts'
import { type CpuUse, cpuUse, machineLine } from './cpu.ts'
import { httpLoad, request } from './http.ts'
import type { LoadResult } from './http-load.ts'
import { benchImport } from './import.ts'
import { benchLedger } from './ledger/ledger.ts'
import { quiet } from './quiet.ts'
import { benchTokens } from './tokens.ts'
import { tpcbLoop } from './tpcb.ts'

/** One line of the table. CPU is milliseconds per operation, of node and of PostgreSQL with all its backends. */
interface Figure {
  name: string
  per_second: number
  p50_ms: number
  p99_ms: number
  node_ms: number
  postgres_ms: number
  note?: string
}

if (process.argv[2] === 'ledger') {
  await benchLedger(process.argv.slice(3))
  process.exit(0)
}

if (process.argv[2] === 'cluster') {
  await benchCluster(process.argv.slice(3))
  process.exit(0)
}

if (process.argv[2] === 'tokens') {
  await benchTokens(process.argv.slice(3))
  process.exit(0)
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: '30' }, clients: { type: 'string', default: '256' } },
})
const seconds = Number(values.seconds)
const clients = Number(values.clients)
const CASES = ['tpcb', 'sagas', 'sagas-accepted', 'reads', 'import']
const unknown = positionals.filter((name) => !CASES.includes(name))
if (unknown.length > 0)
  throw new Error(
    `no case ${unknown.join(', ')}; there are ${CASES.join(', ')}, and before all others ledger, tokens or cluster`,
  )
const cases = positionals.length > 0 ? positionals : CASES
const ACCOUNTS = 2_000

console.log(`${machineLine()} · ${clients} clients · ${seconds} s a case`)
console.log(
  `raised for measuring: ${Object.entries(BENCH_SETTINGS)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')}`,
)
const bench = await startBenchBank()
const figures: Figure[] = []
let yardstick: number | undefined
try {
  if (cases.includes('tpcb')) {
    const rate = await measured('pgbench TPC-B-like, scale 100', () => tpcbLoop(bench.server, clients, seconds))
    yardstick = rate?.per_second
    if (yardstick === undefined) console.log('pgbench is not installed: no yardstick, so no ratios')
  }
  const wantsAccounts = cases.some((name) => ['sagas', 'sagas-accepted', 'reads'].includes(name))
  const funded = wantsAccounts
    ? await fundedAccounts(bench.api, ACCOUNTS, 1_000_000_00)
    : { token: '', account_ids: [] }
  if (cases.includes('sagas'))
    await measured('transfers completed, through the gateway', () => sagas(bench, funded, true))
  if (cases.includes('sagas-accepted'))
    await measured('transfers completed, clients go on at 202', () => sagas(bench, funded, false))
  if (cases.includes('reads')) await measured('balance reads, through the gateway', () => reads(bench, funded))
  if (cases.includes('import')) await measured('rows imported', () => benchImport(bench.api.url, bench.home))
} finally {
  report()
  await bench.stop()
}

process.exit(0)

interface Funded {
  token: string
  account_ids: string[]
}

interface Run {
  done: number
  seconds: number
  p50_ms: number
  p99_ms: number
  note?: string
}

async function measured(name: string, work: () => Promise<Run | undefined>): Promise<Figure | undefined> {
  // What an earlier case left behind (notices, mails, the trail) would be counted as this one's.
  await quiet(bench.bank)
  const before = cpuUse(bench.server.pid())
  const run = await work()
  const after = cpuUse(bench.server.pid())
  if (run === undefined) return undefined
  const figure: Figure = {
    name,
    per_second: run.done / run.seconds,
    p50_ms: run.p50_ms,
    p99_ms: run.p99_ms,
    node_ms: ((after.node_s - before.node_s) * 1000) / run.done,
    postgres_ms: ((after.postgres_s - before.postgres_s) * 1000) / run.done,
    ...(run.note === undefined ? {} : { note: run.note }),
  }
  figures.push(figure)
  console.log(`${name}: ${figure.per_second.toFixed(0)}/s (${machineLine()})`)
  return figure
}

function report(): void {
  console.log(
    '\n| case | per second | × TPC-B | p50 ms | p99 ms | CPU ms/op node | CPU ms/op PostgreSQL | |\n|---|---:|---:|---:|---:|---:|---:|---|',
  )
  for (const figure of figures) {
    const ratio = yardstick === undefined ? '' : (figure.per_second / yardstick).toFixed(2)
    const number = (value: number, digits: number): string => (Number.isNaN(value) ? '' : value.toFixed(digits))
    console.log(
      `| ${figure.name} | ${figure.per_second.toFixed(0)} | ${ratio} | ${number(figure.p50_ms, 1)} | ${number(figure.p99_ms, 1)} | ${number(figure.node_ms, 3)} | ${number(figure.postgres_ms, 3)} | ${figure.note ?? ''} |`,
    )
  }
}

function load(port: number, requests: string[], okStatus: number): Promise<LoadResult> {
  return httpLoad({ port, clients, seconds, requests, okStatus })
}

function pairs(count: number, ids: readonly string[]): [string, string][] {
  return Array.from({ length: count }, () => {
    const from = Math.floor(Math.random() * ids.length)
    const to = (from + 1 + Math.floor(Math.random() * (ids.length - 1))) % ids.length
    return [ids[from] as string, ids[to] as string]
  })
}

/**
 * Transfers through the whole saga. A client waits for the end of its transfer before it sends the next, or goes on as soon as it is accepted;
 * then the queue of what is under way grows, and the time until the last one has ended counts. The processor's time of what follows (notices,
 * mails, the trail) is counted to the end, in the note without it.
 */
async function sagas(bench: BenchBank, { token, account_ids }: Funded, isWaiting: boolean): Promise<Run> {
  const { port, bank, server } = bench
  const bearer = { authorization: `Bearer ${token}`, 'idempotency-key': '{key}' }
  const headers = isWaiting ? { ...bearer, prefer: 'wait=30' } : bearer
  const requests = pairs(20_000, account_ids).map(([source_account_id, destination_account_id]) =>
    request('POST', '/api/v1/transactions/transfer', headers, {
      source_account_id,
      destination_account_id,
      amount_cents: 1,
      currency: 'EUR',
    }),
  )
  const { reader } = (bank.runtimes.get('transaction-service') as ServiceRuntime).database
  const ended = async (): Promise<{ completed: number; open: number }> => {
    const [row] = await reader<{ completed: number; open: number }[]>`
      select count(*) filter (where status = 'COMPLETED')::int as completed, count(*) filter (where completed_at is null)::int as open
      from transactions where transaction_type = 'TRANSFER'`
    return row ?? { completed: 0, open: 0 }
  }
  const before = await ended()
  const cpu = cpuUse(server.pid())
  const startedMs = performance.now()
  const result = await load(port, requests, 202)
  let after = await ended()
  while (after.open > 0) {
    // Counting is a scan that the bank would pay for; seldom enough not to be seen in its figures.
    await new Promise((resolve) => setTimeout(resolve, 3_000))
    after = await ended()
  }
  const done = after.completed - before.completed
  const seconds = (performance.now() - startedMs) / 1000
  const untilEnded = cpuSince(cpu, server.pid(), done)
  await quiet(bank)
  const how = isWaiting
    ? 'each client waits for COMPLETED'
    : `accepted ${Math.round(result.done / result.seconds)}/s; ms are those of the 202`
  const note = `${how}; ${result.done - done} did not complete; CPU with all that follows, until the last had ended ${untilEnded}`
  return { ...result, done, seconds, note }
}

/** Milliseconds of each operation in node and in PostgreSQL since a reading. */
function cpuSince(before: CpuUse, postmaster: number | undefined, done: number): string {
  const now = cpuUse(postmaster)
  const each = (seconds: number): string => ((seconds * 1000) / done).toFixed(2)
  return `${each(now.node_s - before.node_s)} + ${each(now.postgres_s - before.postgres_s)}`
}

async function reads({ port }: BenchBank, { token, account_ids }: Funded): Promise<Run> {
  return load(
    port,
    account_ids.map((id) => request('GET', `/api/v1/accounts/${id}/balance`, { authorization: `Bearer ${token}` })),
    200,
  )
}
