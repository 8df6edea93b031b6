import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { GATEWAY, serviceNames } from '#platform/catalogue.ts'
import { freePort } from '#platform/cluster/ports.ts'
import { launchProcesses } from '#platform/cluster/processes.ts'
import { shortOf, usualCount } from '#platform/cluster/shape.ts'
import { type BankGround, startGround } from '#platform/faults/ground.ts'
import { LOAD_LIMITS } from '#platform/faults/load-limits.ts'
import { Api } from '#platform/testing/api.ts'
import { SpawnedBank } from '#platform/testing/spawned-bank.ts'
import { fundedAccounts } from './bench-bank.ts'
import { type Cpu, cpuSince, type Measured } from './cluster-cpu.ts'
import { machineLine } from './cpu.ts'
import { openWhole } from './fresh-server.ts'
import { httpLoad, request } from './http.ts'

const ACCOUNTS = 200
const FUNDS_CENTS = 100_000_00
const WARM_UP_S = 4
const LOOK_MS = 1_000
const LOOKS_AT_MOST = 60

/** A bank of one shape, standing. */
interface Standing {
  readonly name: string
  readonly ports: readonly number[]
  readonly api: Api
  /** The processes of the bank itself. */
  readonly pids: () => readonly number[]
  readonly stop: () => Promise<void>
}

interface Figure {
  readonly name: string
  readonly per_second: number
  readonly p50_ms: number
  readonly p99_ms: number
  /** The same at a steady rate that all of them can carry. */
  readonly steady_p50_ms: number
  readonly steady_p99_ms: number
  readonly steady_rate: number
  readonly cpu: Cpu
  readonly others_share: number
}

/**
 * `npm run bench -- cluster`: completed transfers of one process, of a process for each service, and with gateway, ledger and transaction twice, on the same
 * servers in one run. A client waits for the end of its transfer before it sends the next; then the same at a steady rate.
 */
export async function benchCluster(argv: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      seconds: { type: 'string', default: '30' },
      clients: { type: 'string', default: '32' },
      rate: { type: 'string', default: '25' },
    },
  })
  const [seconds, clients, rate] = [Number(values.seconds), Number(values.clients), Number(values.rate)]
  if (![seconds, clients, rate].every((number) => Number.isFinite(number) && number > 0))
    throw new Error('--seconds, --clients and --rate are numbers above 0')
  console.log(`${machineLine()} · ${clients} clients · ${seconds} s a case · then ${rate} transfers a second`)
  const ground = await startGround((line) => console.log(`  ${line}`))
  for (const line of ground.missing) console.log(`  missing ${line}`)
  const figures: Figure[] = []
  try {
    for (const stand of [oneProcess, oneEach, hotTwice]) {
      const bank = await stand(ground)
      try {
        figures.push(await measure(ground, bank, { seconds, clients, rate }))
      } finally {
        await bank.stop()
      }
    }
  } finally {
    report(figures)
    await ground.stop()
  }
}

/** All services and the gateway in one process, which needs neither Kafka nor Redis. */
async function oneProcess(ground: BankGround): Promise<Standing> {
  const all = [...serviceNames, GATEWAY]
  const [port, servicePort] = [await freePort(), await freePort()]
  const bank = new SpawnedBank({
    ...LOAD_LIMITS,
    BANKFLOW_PROFILE: 'sandbox',
    BANKFLOW_LOG_LEVEL: 'warn',
    BANKFLOW_HOME: `${ground.warden.home}/one-process`,
    BANKFLOW_MASTER_KEY_FILE: ground.masterKeyFile,
    DATABASE_URL: ground.trio.url(),
    SERVICE: all.map(shortOfSetting).join(),
    SERVICE_KEYS: `${ground.serviceKeys}/public.json`,
    SERVICE_KEY_FILE: all.map((service) => `${ground.serviceKeys}/${service}.json`).join(),
    PORT: String(port),
    BANKFLOW_SERVICE_PORT: String(servicePort),
  })
  const api = await bank.start(180_000)
  return { name: 'one process', ports: [port], api, pids: () => [bank.pid], stop: async () => void (await bank.stop()) }
}

const shortOfSetting = (service: string): string => (service === GATEWAY ? GATEWAY : shortOf(service))

const oneEach = (ground: BankGround): Promise<Standing> => manyProcesses(ground, 'a process for each service', () => 1)

const hotTwice = (ground: BankGround): Promise<Standing> =>
  manyProcesses(ground, 'gateway, ledger and transaction twice', usualCount)

async function manyProcesses(
  ground: BankGround,
  name: string,
  countOf: (service: string) => number,
): Promise<Standing> {
  return openWhole(async (begun) => {
    const processes = await launchProcesses({ ...ground, databases: { DATABASE_URL: ground.trio.url() }, countOf })
    begun.defer(() => processes.stop())
    await processes.untilReady()
    return {
      name: `${name} (${processes.members.length})`,
      ports: processes.gateways.map((url) => Number(new URL(url).port)),
      api: new Api(processes.gateways[0] as string),
      pids: () => processes.members.map(({ part }) => part.pid),
      stop: () => begun.disposeAsync(),
    }
  })
}

async function measure(
  ground: BankGround,
  bank: Standing,
  { seconds, clients, rate }: { seconds: number; clients: number; rate: number },
): Promise<Figure> {
  const { token, account_ids } = await fundedAccounts(bank.api, ACCOUNTS, FUNDS_CENTS)
  const requests = transfers(token, account_ids)
  const load = (more: { seconds: number; rate_per_s?: number }) =>
    httpLoad({ port: bank.ports[0] as number, ports: bank.ports, clients, requests, okStatus: 202, ...more })
  await load({ seconds: WARM_UP_S })
  await settled(ground)
  const before = await completed(ground)
  const cpu = cpuSince(ground, bank.pids())
  const startedMs = performance.now()
  const busy = await load({ seconds })
  const per_second = ((await completed(ground)) - before) / ((performance.now() - startedMs) / 1_000)
  await settled(ground)
  const used: Measured = cpu((await completed(ground)) - before)
  const steady = await load({ seconds, rate_per_s: rate })
  await settled(ground)
  console.log(`${bank.name}: ${per_second.toFixed(0)} a second (${machineLine()})`)
  return {
    name: bank.name,
    per_second,
    p50_ms: busy.p50_ms,
    p99_ms: busy.p99_ms,
    steady_p50_ms: steady.p50_ms,
    steady_p99_ms: steady.p99_ms,
    steady_rate: rate,
    cpu: used.cpu,
    others_share: used.others_share,
  }
}

function transfers(token: string, ids: readonly string[]): string[] {
  const headers = { authorization: `Bearer ${token}`, 'idempotency-key': '{key}', prefer: 'wait=30' }
  return Array.from({ length: 10_000 }, (_, i) => {
    const from = i % ids.length
    const to = (from + 1 + (Math.floor(i / ids.length) % (ids.length - 1))) % ids.length
    return request('POST', '/api/v1/transactions/transfer', headers, {
      source_account_id: ids[from],
      destination_account_id: ids[to],
      amount_cents: 1,
      currency: 'EUR',
    })
  })
}

async function completed({ sql }: BankGround): Promise<number> {
  const [row] = await sql('transaction-service')<{ completed: number }[]>`
    select count(*)::int as completed from transactions where status = 'COMPLETED'`
  return row?.completed ?? 0
}

/** Waits until no transfer is under way and nobody has anything left to tell the trail or to deliver. */
async function settled({ sql }: BankGround): Promise<void> {
  for (let look = 0; look < LOOKS_AT_MOST; look++) {
    const [row] = await sql('transaction-service')<{ open: number }[]>`
      select count(*)::int as open from unsettled_transactions`
    const [notices] = await sql('notification-service')<{ waiting: number }[]>`
      select count(*)::int as waiting from (select from deliveries where status = 'PENDING' limit 1) a`
    if (row?.open === 0 && notices?.waiting === 0) return
    await sleep(LOOK_MS)
  }
  console.log('  something is still under way, and is counted in what follows')
}

function report(figures: readonly Figure[]): void {
  const [first] = figures
  if (first === undefined) return
  const head =
    '| processes | completed a second | × one process | p50 ms | p99 ms | at a steady rate: p50 ms | p99 ms | CPU ms a transfer: bank | PostgreSQL | Kafka and Redis | others used |'
  console.log(`\n${head}\n|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|`)
  for (const figure of figures) {
    const { cpu } = figure
    const cells = [
      figure.name,
      figure.per_second.toFixed(0),
      (figure.per_second / first.per_second).toFixed(2),
      figure.p50_ms.toFixed(0),
      figure.p99_ms.toFixed(0),
      figure.steady_p50_ms.toFixed(0),
      figure.steady_p99_ms.toFixed(0),
      cpu.bank_ms.toFixed(2),
      cpu.postgres_ms.toFixed(2),
      cpu.components_ms.toFixed(2),
      `${(figure.others_share * 100).toFixed(0)} %`,
    ]
    console.log(`| ${cells.join(' | ')} |`)
  }
}
