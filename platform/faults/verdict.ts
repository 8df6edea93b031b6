import { setTimeout as sleep } from 'node:timers/promises'
import { recompute } from '#services/ledger-service/src/store/recompute.ts'
import { serviceNames } from '../catalogue.ts'
import type { Api, Reply } from '../testing/api.ts'
import type { BankUnderFault } from './fault.ts'
import type { Journal } from './journal.ts'
import { failuresOf, keptOf, type SqlOf, unendedOf, untoldOf } from './kept.ts'
import { patiently } from './patience.ts'
import { violationsOf } from './violations.ts'

/** A load that is over, and what the payers' accounts held before it. */
export interface FinishedLoad {
  readonly name: string
  readonly journal: Journal
  readonly before: ReadonlyMap<string, bigint>
}

/** What the databases say of a load. */
export interface Verdict {
  readonly completed: number
  /** Why transfers failed that the bank had confirmed as begun: each code, and how often. */
  readonly failures: Readonly<Record<string, number>>
  /** Dead letters that were replayed. */
  readonly replayed: number
  readonly lost_cents: bigint
  /** Empty when all is well. */
  readonly violations: readonly string[]
}

const ROUNDS_OF_REPLAY = 20
const PAUSE_MS = 500
const WORDS_CHARS = 600

/**
 * Waits until all of a load has ended, at most so long, clears the dead letters, and compares what customers were told with what the bank holds.
 * Nothing else may be writing to the payers' accounts.
 */
export async function verdictOn(
  bank: Pick<BankUnderFault, 'api' | 'sql' | 'processes'>,
  load: FinishedLoad,
  timeoutMs: number,
): Promise<Verdict> {
  const { api, sql } = bank
  const untilMs = performance.now() + timeoutMs
  const desk = { api, operator: await patiently(() => api.signIn('operator')), replayed: new Set<string>() }
  const lines = [...endedOf(bank), ...load.journal.wrong]
  await until(untilMs, async () => {
    await replayAll(desk)
    return (await unendedOf(sql, load.name)) === 0
  })
  let untold = Number.POSITIVE_INFINITY
  await until(untilMs, async () => {
    untold = await untoldOf(sql, load.name)
    return untold === 0
  })
  if (untold > 0) lines.push(`${untold} completed transfers were not told to both sides once`)
  lines.push(...(await patiently(() => deadLettersLeft(sql, desk))))
  const kept = await patiently(() => keptOf(sql, load.name, load.before))
  const { lines: found, lost_cents } = violationsOf(load.journal.payments, kept)
  lines.push(
    ...found,
    ...(await patiently(() => bookFaults(sql, [...load.before.keys()]))),
    ...(await chainFaults(api, performance.now() + timeoutMs)),
  )
  return {
    completed: kept.transactions.filter(({ stage }) => stage === 'COMPLETED').length,
    failures: failuresOf(kept),
    replayed: desk.replayed.size,
    lost_cents,
    violations: lines,
  }
}

/** Processes that ended by themselves. */
function endedOf({ processes }: Pick<BankUnderFault, 'processes'>): string[] {
  const ended = processes.filter(({ isAlive }) => !isAlive)
  return ended.map((process) => `${process.name} has ended: ${process.lastWords().slice(-WORDS_CHARS)}`)
}

/** Looks until it holds or the time is over; false then. What cannot be asked yet does not hold yet. */
async function until(untilMs: number, holds: () => Promise<boolean>): Promise<boolean> {
  for (;;) {
    if (await holds().catch(() => false)) return true
    if (performance.now() > untilMs) return false
    await sleep(PAUSE_MS)
  }
}

/** Somebody who may replay, and what he has replayed. */
interface Desk {
  readonly api: Api
  readonly operator: string
  readonly replayed: Set<string>
}

/** Has staff run again whatever is parked now. */
async function replayAll({ api, operator, replayed }: Desk): Promise<Reply['body'][]> {
  const { body } = await api.expect(200, api.get('/admin/dead-letters', { token: operator }))
  for (const { service, dead_letter_id } of body.items) {
    replayed.add(dead_letter_id)
    // One that was resolved by itself meanwhile, or by the one before it, is no longer found.
    await api.post(`/admin/dead-letters/${dead_letter_id}/replay`, { service }, { token: operator })
  }
  return body.items
}

async function deadLettersLeft(sql: SqlOf, desk: Desk): Promise<string[]> {
  for (let round = 0; round < ROUNDS_OF_REPLAY; round++) {
    if ((await replayAll(desk)).length === 0) break
    await sleep(PAUSE_MS)
  }
  const left: string[] = []
  for (const service of serviceNames) {
    const rows = await sql(service)<{ type: string; error: string }[]>`
      select type, error from dead_letters where resolved_at is null limit 5`
    left.push(...rows.map(({ type, error }) => `${service} keeps a dead letter of ${type}: ${error}`))
  }
  return left
}

/** The books computed anew, and holds that nobody gives back. */
async function bookFaults(sql: SqlOf, accounts: readonly string[]): Promise<string[]> {
  const books = sql('ledger-service')
  const holds = await books<{ hold_id: string }[]>`
    select hold_id from holds where status = 'ACTIVE' and ledger_account_id = any(${accounts}::uuid[])`
  const discrepancies = await recompute(books)
  return [
    ...holds.map(({ hold_id }) => `hold ${hold_id} is left`),
    ...discrepancies.map(
      ({ kind, id, kept, recomputed }) => `${kind} of ${id} is kept as ${kept} and recomputed as ${recomputed}`,
    ),
  ]
}

/** The ledger's chain and tree, and the trail's chain, computed anew; and the sums of the trial balance. */
async function chainFaults(api: Api, untilMs: number): Promise<string[]> {
  const auditor = await patiently(() => api.signIn('auditor'))
  const { body: begun } = await patiently(() =>
    api.expect(201, api.post('/ledger/verification', {}, { token: auditor })),
  )
  let found: Reply['body'] = begun
  await until(untilMs, async () => {
    found = (await api.expect(200, api.get(`/ledger/verification/${begun.verification_id}`, { token: auditor }))).body
    return found.status !== 'RUNNING'
  })
  const ask = (path: string): Promise<Reply> => patiently(() => api.expect(200, api.get(path, { token: auditor })))
  const { body: trail } = await ask('/audit/verify')
  const { body: trial } = await ask('/ledger/reports/trial-balance')
  const crooked = trial.currencies.filter((one: { is_balanced: boolean }) => !one.is_balanced)
  return [
    ...(found.status === 'INTACT'
      ? []
      : [`the verification of the ledger's chain is ${found.status}: ${JSON.stringify(found.broken)}`]),
    ...(trail.is_intact ? [] : [`the trail's chain is broken: ${JSON.stringify(trail.broken)}`]),
    ...crooked.map((one: object) => `the trial balance is off: ${JSON.stringify(one)}`),
  ]
}
