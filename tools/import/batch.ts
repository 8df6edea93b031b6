import { setTimeout as sleep } from 'node:timers/promises'
import { getBatch, listAccountTransactions } from '#contracts/api/transaction.ts'
import { type BankApi, Refused } from './bank-api.ts'
import type { BatchState } from './reconciliation.ts'
import { ImportStopped } from './stopped.ts'

/** A row that was taken and then not booked. */
export interface LateFailure {
  code: string
  detail: string
}

const FIRST_POLL_MS = 100
const LONGEST_POLL_MS = 2_000
/** When few requests are left in the minute, they are kept for the reconciliation. */
const SPARING_POLL_MS = 10_000
const FEW_REQUESTS = 20
const STANDSTILL_MS = 300_000

/** What the bank knows of a batch; undefined when nothing. */
export async function batchState(api: BankApi, batch_id: string): Promise<BatchState | undefined> {
  try {
    return await api.call(getBatch, { params: { batch_id } })
  } catch (error) {
    if (error instanceof Refused && error.code === 'BATCH_NOT_FOUND') return undefined
    throw error
  }
}

/** Waits until every row of a batch has ended; undefined when there is no such batch. ImportStopped when it stands still for five minutes. */
export async function endedBatch(
  api: BankApi,
  batch_id: string,
  onProgress: (ended: number, rows: number) => void,
  signal: AbortSignal,
): Promise<BatchState | undefined> {
  let pollMs = FIRST_POLL_MS
  let pending = Number.POSITIVE_INFINITY
  let movedMs = performance.now()
  for (;;) {
    const state = await batchState(api, batch_id)
    if (state === undefined || state.pending === 0) return state
    if (signal.aborted) throw new ImportStopped('stopped; the bank goes on booking what it took')
    if (state.pending < pending) movedMs = performance.now()
    pending = state.pending
    onProgress(state.rows - pending, state.rows)
    if (performance.now() - movedMs > STANDSTILL_MS) {
      throw new ImportStopped(`the bank has ${pending} rows still to book and booked none for five minutes`)
    }
    await sleep(api.requestsLeft < FEW_REQUESTS ? SPARING_POLL_MS : pollMs)
    pollMs = Math.min(pollMs * 1.5, LONGEST_POLL_MS)
  }
}

/** Failures that the bank names in the state of a batch, at most. */
const FAILURES_NAMED = 1_000

/** Why rows of a batch failed, by their `external_reference`. */
export async function lateFailures(api: BankApi, state: BatchState): Promise<Map<string, LateFailure>> {
  const failures = new Map<string, LateFailure>()
  for (const { external_reference, code, detail } of state.failures) failures.set(external_reference, { code, detail })
  // The batch names the first of many; the rest stand in the histories of its accounts. It does not name what was booked when sent again.
  if (state.failures.length >= FAILURES_NAMED) {
    for (const { account_id } of state.accounts) await addFailuresOf(api, account_id, failures)
  }
  return failures
}

async function addFailuresOf(api: BankApi, account_id: string, failures: Map<string, LateFailure>): Promise<void> {
  let cursor: string | null = null
  do {
    const query = { status: 'FAILED' as const, limit: 200, ...(cursor === null ? {} : { cursor }) }
    const page: {
      items: readonly { external_reference: string | null; failure_code: string | null }[]
      next_cursor: string | null
    } = await api.call(listAccountTransactions, { params: { account_id }, query })
    for (const { external_reference, failure_code } of page.items) {
      if (external_reference === null || failures.has(external_reference)) continue
      failures.set(external_reference, {
        code: failure_code ?? 'FAILED',
        detail: 'The ledger refused to book this row',
      })
    }
    cursor = page.next_cursor
  } while (cursor !== null)
}
