import { httpLoad, NEW_UUID, NEXT_ID, request, serviceBearer } from '../http.ts'
import { type Accounts, type Lab, LEDGER } from './lab.ts'
import { type Case, measure } from './measure.ts'
import { transferBody } from './postings.ts'
import { pathOver, workOf } from './transfers.ts'

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
  const accounts = { ...(await lab.accounts()), count: SHARED_ACCOUNTS }
  for (const clients of lab.options.clients) {
    const run = await bulks(lab, { clients, isHot: false, size: 100, mode: 'atomic', accounts })
    const figure = await measure(lab, { name: PARALLEL, clients, isHot: false, isOurs: true, run })
    const [row] = await lab.books<{ deadlocks: bigint }[]>`
      select deadlocks from pg_stat_database where datname = current_database()`
    if (figure !== undefined) figure.note += `; ${row?.deadlocks} deadlocks in this database so far`
  }
}

interface Bulks {
  clients: number
  isHot: boolean
  size: number
  mode: 'atomic' | 'each'
  accounts: Accounts
}

async function bulks({ port, serviceKey }: Lab, { clients, isHot, size, mode, accounts }: Bulks): Promise<Case['run']> {
  const { ids, hot } = pathOver(accounts, isHot)
  const headers = serviceBearer('transaction-service', LEDGER, serviceKey)
  const posting = { debit: NEXT_ID, credit: hot ?? NEXT_ID, amount_cents: 1 }
  const transactions = Array.from({ length: size }, () => transferBody(NEW_UUID, posting))
  const requests = [request('POST', PATH, headers, { mode, transactions })]
  const load = { port, clients, requests, ids, okStatus: 200, counted: 'booked' }
  return async (seconds) => workOf(await httpLoad({ ...load, seconds }), size)
}
