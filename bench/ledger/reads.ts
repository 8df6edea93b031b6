import { listEntries } from '#contracts/api/ledger.ts'
import { serviceCaller } from '#libs/contract/client.ts'
import type { Executor } from '#libs/http/executor.ts'
import { newTrace } from '#libs/telemetry/context.ts'
import { httpLoad, request, serviceBearer } from '../http.ts'
import { type Lab, LEDGER } from './lab.ts'
import { type Case, measure } from './measure.ts'
import { workOf } from './transfers.ts'

export const BALANCE_READ = 'balance read'
export const NEWEST_PAGE = 'history page, newest'
export const DEEP_PAGE = 'history page, deep'
export const AS_OF_READ = 'as-of balance'

const CALLER = 'transaction-service'
/** Different requests of each kind. */
const REQUESTS = 20_000
/** Pages that are found before they are measured. */
const DEEP_PAGES = 500
const PAGE = 50
/** Readers of the closed loop, which finds the highest rate. */
const READERS = 16
const OPEN_LOOP_CONNECTIONS = 64

/** Of half of the reads, the account is one of the first: in a bank that has lived for months they have the longest histories. */
const BUSY_ACCOUNTS = 10_000

/** What customers ask for most, over HTTP: the highest rate first, then the latency at half of it. */
export async function measureReads(lab: Lab): Promise<void> {
  const accounts = await lab.accounts()
  const anybody = (): string => accounts.at(Math.floor(Math.random() * accounts.count))
  const busy = Math.min(BUSY_ACCOUNTS, accounts.count)
  const somebody = (): string => (Math.random() < 0.5 ? anybody() : accounts.at(Math.floor(Math.random() * busy)))
  const path = (id: string): string => `/api/v1/ledger/accounts/${id}`
  await measureRead(lab, BALANCE_READ, () => path(anybody()))
  await measureRead(lab, NEWEST_PAGE, () => `${path(somebody())}/entries?limit=${PAGE}`)
  const deep = await deepPages(lab, busy)
  if (deep.length > 0) await measureRead(lab, DEEP_PAGE, () => deep[Math.floor(Math.random() * deep.length)] as string)
  const days = lab.plan?.days ?? [new Date().toISOString().slice(0, 10)]
  const day = (): string => days[Math.floor(Math.random() * days.length)] as string
  await measureRead(lab, AS_OF_READ, () => `${path(somebody())}/balance?as_of=${day()}`)
}

async function measureRead(lab: Lab, name: string, path: () => string): Promise<void> {
  const headers = serviceBearer(CALLER, LEDGER, lab.serviceKey)
  const requests = Array.from({ length: REQUESTS }, () => request('GET', path(), headers))
  const load = { port: lab.port, requests, okStatus: 200 }
  const loop: Case['run'] = async (seconds) => workOf(await httpLoad({ ...load, clients: READERS, seconds }), 1)
  const most = await measure(lab, { name, clients: READERS, isHot: false, isOurs: true, run: loop })
  if (most === undefined) return
  const rate_per_s = Math.round(most.per_second / 2)
  const clients = OPEN_LOOP_CONNECTIONS
  const half: Case['run'] = async (seconds) => workOf(await httpLoad({ ...load, clients, rate_per_s, seconds }), 1)
  await measure(lab, { name: atHalfRate(name), clients, isHot: false, isOurs: true, run: half })
}

/** How a read is named where its latency counts. */
export function atHalfRate(name: string): string {
  return `${name}, at half the maximum rate`
}

/** Pages far back in long histories: half a year, where the bank is as old, followed by the cursor of the page before them. */
async function deepPages(lab: Lab, busy: number): Promise<string[]> {
  const executor = lab.runtime.executorOf(listEntries) as Executor
  const accounts = await lab.accounts()
  const to = lab.plan?.days[Math.floor(lab.plan.days.length / 4)]
  const paths: string[] = []
  for (let i = 0; i < Math.min(DEEP_PAGES, busy); i++) {
    const ledger_account_id = accounts.at(i)
    const input = {
      params: { ledger_account_id },
      query: { limit: PAGE, ...(to === undefined ? {} : { to }) },
      body: undefined,
    }
    const { reply } = await executor.execute({ input, caller: serviceCaller(CALLER), trace: newTrace() })
    const { next_cursor } = reply as { next_cursor: string | null }
    if (next_cursor === null) continue
    const query = new URLSearchParams({ limit: String(PAGE), cursor: next_cursor, ...(to === undefined ? {} : { to }) })
    paths.push(`/api/v1/ledger/accounts/${ledger_account_id}/entries?${query}`)
  }
  return paths
}
