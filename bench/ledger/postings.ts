import { openLedgerAccount, postTransaction } from '#contracts/api/ledger.ts'
import { serviceCaller } from '#libs/contract/client.ts'
import type { Executor } from '#libs/http/executor.ts'
import { newId } from '#libs/ids/ids.ts'
import type { ServiceRuntime } from '#libs/service/runtime.ts'
import { newTrace } from '#libs/telemetry/context.ts'

/** What a closed loop of callers got out of one operation. */
export interface LoopFigures {
  operations: number
  seconds: number
  p50_ms: number
  p99_ms: number
}

const OPENING_BALANCE = 1_000_000_000n

/** Opens so many accounts and fills each by a posting, many at a time. */
export async function openAccounts(runtime: ServiceRuntime, count: number): Promise<string[]> {
  const open = runtime.executorOf(openLedgerAccount) as Executor
  const post = runtime.executorOf(postTransaction) as Executor
  const ids = Array.from({ length: count }, () => newId())
  const caller = serviceCaller('account-service')
  for (let i = 0; i < ids.length; i += 200) {
    const some = ids.slice(i, i + 200).map(async (ledger_account_id) => {
      const terms = { gl_code: 'CUSTOMER_DEPOSITS', currency: 'EUR', overdraft_limit_cents: 0n }
      const input = { params: {}, query: {}, body: { ledger_account_id, ...terms } }
      await open.execute({ input, caller, trace: newTrace() })
      await post.execute(posting('CASH', ledger_account_id, OPENING_BALANCE))
    })
    await Promise.all(some)
  }
  return ids
}

/** A transfer as a service would ask for it, under a key of its own. */
export function posting(debit: string, credit: string, amount_cents: bigint): Parameters<Executor['execute']>[0] {
  const body = transferBody(newId(), { debit, credit, amount_cents })
  return { input: { params: {}, query: {}, body }, caller: serviceCaller('transaction-service'), trace: newTrace() }
}

/** The body of a transfer; the saga step is the key, so each names a transaction of its own. */
export function transferBody<Cents>(
  transaction_id: string,
  posting: { debit: string; credit: string; amount_cents: Cents },
) {
  return {
    transaction_id,
    step: 'post',
    business_event: 'TRANSFER',
    reference: 'TXN-2026-BENCH-0001',
    description: 'a posting of the bench',
    currency: 'EUR',
    postings: [posting],
  }
}

/** Keeps `clients` calls under way for `seconds`; those under way at the end are waited for and counted. */
export async function closedLoop(call: () => Promise<unknown>, clients: number, seconds: number): Promise<LoopFigures> {
  const latencies: number[] = []
  const started = performance.now()
  const end = started + seconds * 1_000
  const client = async (): Promise<void> => {
    for (let now = performance.now(); now < end; ) {
      await call()
      const answered = performance.now()
      latencies.push(answered - now)
      now = answered
    }
  }
  await Promise.all(Array.from({ length: clients }, client))
  const elapsed_s = (performance.now() - started) / 1_000
  latencies.sort((a, b) => a - b)
  const at = (share: number): number => rounded(latencies[Math.floor(latencies.length * share)] ?? 0)
  return {
    operations: latencies.length,
    seconds: elapsed_s,
    p50_ms: at(0.5),
    p99_ms: at(0.99),
  }
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000
}
