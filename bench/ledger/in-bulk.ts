import { httpLoad, type LoadOptions, NEXT_ID, request, serviceBearer } from '../http.ts'
import { type Accounts, type Lab, LEDGER } from './lab.ts'
import { type Case, measure } from './measure.ts'
import { pathOver, transferBody, workOf } from './transfers.ts'

export const PARALLEL = 'ledger, atomic bulks of 100 over 200 shared accounts'

const PATH = '/api/v1/ledger/transactions/bulk'
/** Callers with a thousand transfers each; of many more, some are told to come later, which is the bound of what waits. */
export const BULK_CLIENTS = 16
const SHARED_ACCOUNTS = 200

/** How a case of bulks is named. */
export function bulkName(size: number): string {
  return `ledger, over HTTP in bulk of ${size}`
}

/** Many transfers a request, each with its own verdict. */
export async function measureBulk(lab: Lab, size: number): Promise<void> {
  if (!(await hasBulk(lab))) return console.log(`${bulkName(size)}: skipped, nothing answers ${PATH}`)
  for (const isHot of [false, true]) {
    for (const clients of bulkClients(lab)) {
      const run = await bulks(lab, { clients, isHot, size, mode: 'each', accounts: await lab.accounts() })
      await measure(lab, { name: bulkName(size), clients, isHot, isOurs: true, run })
    }
  }
}

/** At scale, too, a few callers: they are those of the bars. */
function bulkClients({ options }: Lab): readonly number[] {
  return options.scale === undefined ? options.clients : [BULK_CLIENTS, ...options.clients]
}

/** Bulks that lock the same accounts in any order, all or nothing each: every one has to be answered. */
export async function measureParallelBulks(lab: Lab): Promise<void> {
  if (!(await hasBulk(lab))) return console.log(`${PARALLEL}: skipped, nothing answers ${PATH}`)
  const accounts = { ...(await lab.accounts()), count: SHARED_ACCOUNTS }
  for (const clients of lab.options.clients) {
    const run = await bulks(lab, { clients, isHot: false, size: 100, mode: 'atomic', accounts })
    const figure = await measure(lab, { name: PARALLEL, clients, isHot: false, isOurs: true, run })
    const [row] = await lab.books<{ deadlocks: bigint }[]>`
      select deadlocks from pg_stat_database where datname = current_database()`
    if (figure !== undefined) figure.note += `; ${row?.deadlocks} deadlocks in this database so far`
  }
}

async function hasBulk(lab: Lab): Promise<boolean> {
  const accounts = await lab.accounts()
  const load = loadOf(lab, { clients: 1, isHot: false, size: 1, mode: 'each', accounts })
  const { statuses } = await httpLoad({ ...load, seconds: 0.1 })
  // 405: the path is taken for a transaction's id.
  return statuses['404'] === undefined && statuses['405'] === undefined
}

interface Bulks {
  clients: number
  isHot: boolean
  size: number
  mode: 'atomic' | 'each'
  accounts: Accounts
}

async function bulks(lab: Lab, how: Bulks): Promise<Case['run']> {
  const load = loadOf(lab, how)
  return async (seconds) => workOf(await httpLoad({ ...load, seconds }), how.size)
}

function loadOf(lab: Lab, { clients, isHot, size, mode, accounts }: Bulks): Omit<LoadOptions, 'seconds'> {
  const { ids, hot } = pathOver(accounts, isHot)
  const headers = serviceBearer('transaction-service', LEDGER, lab.serviceKey)
  const transactions = Array.from({ length: size }, () => transferBody(NEXT_ID, hot ?? NEXT_ID))
  const requests = [request('POST', PATH, headers, { mode, transactions })]
  return { port: lab.port, clients, requests, ids, okStatus: 200, counted: 'booked' }
}
