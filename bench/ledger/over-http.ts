import { httpLoad, NEW_UUID, NEXT_ID, request, serviceBearer } from '../http.ts'
import { type Lab, LEDGER } from './lab.ts'
import { type Case, measure } from './measure.ts'
import { transferBody } from './postings.ts'
import { pathOver, workOf } from './transfers.ts'

export const OVER_HTTP = 'ledger, over HTTP'
export const HALF_RATE = 'ledger, over HTTP at half the maximum rate'

const PATH = '/api/v1/ledger/transactions'
/** Connections of the open loop: more than ever have a request under way at once. */
const OPEN_LOOP_CONNECTIONS = 256

/** One transfer a request, through the ledger's own listener with a service's token. */
export async function measureOverHttp(lab: Lab): Promise<void> {
  for (const isHot of [false, true]) {
    for (const clients of lab.options.clients) {
      const run = await transfersOverHttp(lab, { clients, isHot })
      await measure(lab, { name: OVER_HTTP, clients, isHot, isOurs: true, run })
    }
  }
}

/** Requests at half the highest rate that was measured; latency counts from when a request was due. */
export async function measureHalfRate(lab: Lab): Promise<void> {
  const rates = lab.figures.filter(({ name, isHot }) => name === OVER_HTTP && !isHot).map((one) => one.per_second)
  if (rates.length === 0) return console.log(`${HALF_RATE}: skipped, the maximum was not measured`)
  const rate_per_s = Math.round(Math.max(...rates) / 2)
  const clients = OPEN_LOOP_CONNECTIONS
  const run = await transfersOverHttp(lab, { clients, isHot: false, rate_per_s })
  await measure(lab, { name: HALF_RATE, clients, isHot: false, isOurs: true, run })
}

async function transfersOverHttp(
  lab: Lab,
  { clients, isHot, rate_per_s }: { clients: number; isHot: boolean; rate_per_s?: number },
): Promise<Case['run']> {
  const { ids, hot } = pathOver(await lab.accounts(), isHot)
  const headers = serviceBearer('transaction-service', LEDGER, lab.serviceKey)
  const posting = { debit: NEXT_ID, credit: hot ?? NEXT_ID, amount_cents: 1 }
  const requests = [request('POST', PATH, headers, transferBody(NEW_UUID, posting))]
  const rate = rate_per_s === undefined ? {} : { rate_per_s }
  const load = { port: lab.port, clients, requests, ids, okStatus: 201, ...rate }
  return async (seconds) => workOf(await httpLoad({ ...load, seconds }), 1)
}
