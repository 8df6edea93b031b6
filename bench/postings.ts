import { openLedgerAccount, postTransaction } from '#contracts/api/ledger.ts'
import { serviceCaller } from '#libs/contract/client.ts'
import type { Operation } from '#libs/contract/operation.ts'
import type { Executor } from '#libs/http/executor.ts'
import { newId } from '#libs/ids/ids.ts'
import { newTrace } from '#libs/telemetry/context.ts'

export interface PostingsOptions {
  /** The ledger at work, in this process. */
  runtime: { executorOf(operation: Operation): Executor | undefined }
  seconds: number
  /** Callers at once; each posts again as soon as it is answered. */
  clients: number
  /** Customer accounts that postings go between, chosen at random. */
  accounts: number
  /** True: every posting takes from one account, the bank's own cash. */
  isHot?: boolean
  /** Called when the accounts stand and the loop is warm: what is measured begins here. */
  onStart?: () => void
}

/** What a closed loop of callers got out of one operation. */
export interface LoopFigures {
  operations: number
  seconds: number
  per_second: number
  p50_ms: number
  p99_ms: number
  /** Processor time of this process per operation; the database's is not in it. */
  cpu_ms_per_op: number
}

const WARM_UP_S = 2
const OPENING_BALANCE = 1_000_000_000n

/** Measures durable postings a second: authorised, keyed, decided, written, committed and answered, through the ledger's own executor. */
export async function benchPostings(options: PostingsOptions): Promise<LoopFigures> {
  const { runtime, seconds, clients, accounts, isHot = false } = options
  const executor = runtime.executorOf(postTransaction)
  if (executor === undefined) throw new Error('the runtime is not the ledger')
  const ids = await openAccounts(options, executor)
  const post = (): Promise<unknown> => {
    const from = Math.floor(Math.random() * accounts)
    const to = (from + 1 + Math.floor(Math.random() * (accounts - 1))) % accounts
    return executor.execute(posting(isHot ? 'CASH' : (ids[from] as string), ids[to] as string, 1n))
  }
  await closedLoop(post, clients, WARM_UP_S)
  options.onStart?.()
  return closedLoop(post, clients, seconds)
}

/** Opens the accounts and fills each by a posting, many at a time. */
export async function openAccounts(
  { runtime, accounts }: Pick<PostingsOptions, 'runtime' | 'accounts'>,
  post: Executor,
): Promise<string[]> {
  const open = runtime.executorOf(openLedgerAccount) as Executor
  const ids = Array.from({ length: accounts }, () => newId())
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
  const body = {
    transaction_id: newId(),
    step: 'post',
    business_event: 'TRANSFER',
    reference: 'TXN-2026-BENCH-0001',
    description: 'a posting of the bench',
    currency: 'EUR',
    postings: [{ debit, credit, amount_cents }],
  }
  return { input: { params: {}, query: {}, body }, caller: serviceCaller('transaction-service'), trace: newTrace() }
}

/** Keeps `clients` calls under way for `seconds`; those under way at the end are waited for and counted. */
export async function closedLoop(call: () => Promise<unknown>, clients: number, seconds: number): Promise<LoopFigures> {
  const latencies: number[] = []
  const cpu = process.cpuUsage()
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
  const { user, system } = process.cpuUsage(cpu)
  latencies.sort((a, b) => a - b)
  const at = (share: number): number => rounded(latencies[Math.floor(latencies.length * share)] ?? 0)
  return {
    operations: latencies.length,
    seconds: elapsed_s,
    per_second: Math.round(latencies.length / elapsed_s),
    p50_ms: at(0.5),
    p99_ms: at(0.99),
    cpu_ms_per_op: rounded((user + system) / 1_000 / latencies.length),
  }
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000
}
