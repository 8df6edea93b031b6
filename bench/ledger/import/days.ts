import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { listLedgerAccounts, openLedgerAccount } from '#contracts/api/ledger.ts'
import { listEndOfDayRuns, listPeriods, moveSandboxClock, readSandboxClock } from '#contracts/api/ledger-days.ts'
import { signCheckpoint } from '#contracts/api/ledger-proofs.ts'
import { getTrialBalance } from '#contracts/api/ledger-reports.ts'
import { anonymous, serviceCaller } from '#libs/contract/client.ts'
import type { Operation, ReplyOf } from '#libs/contract/operation.ts'
import { generateSigningKey } from '#libs/crypto/signing-keys.ts'
import { createDiscovery } from '#libs/http/discovery.ts'
import type { Executor } from '#libs/http/executor.ts'
import { createRemotePeers } from '#libs/http/remote.ts'
import { registerRoute } from '#libs/http/routes.ts'
import { createHttpServer } from '#libs/http/server.ts'
import { newTrace } from '#libs/telemetry/context.ts'
import { createLog } from '#libs/telemetry/log.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import type { Work } from '../figure.ts'
import { type Done, type Importer, type Movement, startImporter, type Task } from './importer.ts'
import { customersOf, type ImportSize, rowsOfDays } from './rows.ts'

const DAY_MS = 86_400_000
const LOOK_MS = 50
/** How long an end of day may take. */
const PATIENCE_MS = 600_000
const ACCOUNTS_AT_ONCE = 200
const PAGE = 200
/** What is asked as an auditor would ask it. */
const ASKED = [
  getTrialBalance,
  listEndOfDayRuns,
  listLedgerAccounts,
  listPeriods,
  moveSandboxClock,
  readSandboxClock,
  signCheckpoint,
]

/** A ledger at work, which plays or has neighbours that let it close its days. */
export interface OpenLedger {
  runtime: { executorOf(operation: Operation): Executor | undefined }
  /** Where it takes bulks. */
  port: number
  /** The header by which a booking service shows there who it is. */
  bearer(): { authorization: string }
  print(line: string): void
}

type TrialBalance = ReplyOf<typeof getTrialBalance>
type Ask = <Op extends Operation>(operation: Op, input?: { query?: object; body?: object }) => Promise<ReplyOf<Op>>

/** An import under way. */
export interface DaysImport {
  /** Opens the accounts and books what their customers bring along, on the first business day. */
  bring(): Promise<Work>
  /** Imports day after day and closes each; throws where a verdict, a total or a trial balance is not as it has to be. */
  importDays(): Promise<Work>
  /** Throws unless the books are what the rows make them, each closed day answers as it did, and a bulk that comes again books nothing. */
  check(): Promise<void>
  close(): Promise<void>
}

interface Course {
  ledger: OpenLedger
  size: ImportSize
  ask: Ask
  /** What all rows so far should have moved. */
  moved: Movement[]
  balances: Done['balances']
  closed: { business_date: string; trial: TrialBalance }[]
}

/** Begins an import of days into a ledger in which nothing is booked. */
export async function openImport(ledger: OpenLedger, size: ImportSize): Promise<DaysImport> {
  const { ask, close } = await openDoor(ledger)
  const course: Course = { ledger, size, ask, moved: [], balances: [], closed: [] }
  const importer = startImporter(size)
  return {
    bring: () => bring(course, importer),
    importDays: () => importDays(course, importer).finally(() => importer.stop()),
    check: () => check(course),
    close: async () => {
      await importer.stop()
      await close()
    },
  }
}

async function bring(course: Course, importer: Importer): Promise<Work> {
  const { ledger, size, ask } = course
  const open = ledger.runtime.executorOf(openLedgerAccount) as Executor
  const caller = serviceCaller('account-service')
  const customers = customersOf(size)
  for (let i = 0; i < customers.length; i += ACCOUNTS_AT_ONCE) {
    const some = customers.slice(i, i + ACCOUNTS_AT_ONCE).map(({ id, currency, kind }) => {
      const state = kind === 'frozen' ? 'FROZEN' : 'OPEN'
      const terms = { gl_code: 'CUSTOMER_DEPOSITS', currency, overdraft_limit_cents: 0n, state }
      const input = { params: {}, query: {}, body: { ledger_account_id: id, ...terms } }
      return open.execute({ input, caller, trace: newTrace() })
    })
    await Promise.all(some)
  }
  // An hour after a midnight, so that none comes while a day is imported.
  await closeDay(course, (await ask(readSandboxClock)).business_date)
  const { business_date } = await ask(readSandboxClock)
  const startedMs = performance.now()
  const done = await importer.carryOut({ kind: 'bring', day: 0, business_date, ...wayTo(ledger) })
  takeOver(course, done, customers.filter(({ kind }) => kind !== 'frozen').length)
  return workOf(done.sent, startedMs, done.ms)
}

async function importDays(course: Course, importer: Importer): Promise<Work> {
  const startedMs = performance.now()
  const counts: Counts = { booked: 0, refused: 0, later: 0, closing_s: 0 }
  const ms: number[] = []
  const { ask, ledger, size, closed } = course
  for (const [day, rows] of rowsOfDays(size).entries()) {
    const { business_date } = await ask(readSandboxClock)
    const dayMs = performance.now()
    const done = await importer.carryOut({ kind: 'import', day, business_date, ...wayTo(ledger) })
    const seconds = (performance.now() - dayMs) / 1000
    const { booked, refused } = takeOver(course, done, rows)
    const closing_s = await closeDay(course, business_date)
    await checkTrialBalance(course)
    const trial = await checkTrialBalance(course, business_date)
    closed.push({ business_date, trial })
    ms.push(...done.ms)
    counts.booked += booked
    counts.refused += refused
    counts.later += done.later
    counts.closing_s += closing_s
    const currencies = trial.currencies.map(({ currency }) => currency).join(', ')
    ledger.print(
      `${business_date}: ${rows} rows in ${seconds.toFixed(1)} s, ${(rows / seconds).toFixed(0)}/s; ${booked} booked, ${refused} refused; ` +
        `closed in ${closing_s.toFixed(1)} s; trial balance zero in ${currencies}`,
    )
  }
  return { ...workOf(size.rows, startedMs, ms), note: noteOf(counts, size) }
}

interface Counts {
  booked: number
  refused: number
  later: number
  closing_s: number
}

function noteOf({ booked, refused, later, closing_s }: Counts, { days }: ImportSize): string {
  return [
    `${booked} booked, ${refused} refused, each as it had to be`,
    `${days} days closed in ${closing_s.toFixed(1)} s of it, trial balance zero at each`,
    ...(later > 0 ? [`${later} calls told to come later`] : []),
    'ms are those of a call',
  ].join('; ')
}

function workOf(done: number, startedMs: number, ms: readonly number[]): Work {
  const sorted = ms.toSorted((a, b) => a - b)
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? Number.NaN
  return { done, seconds: (performance.now() - startedMs) / 1000, p50_ms: at(0.5), p99_ms: at(0.99) }
}

/** Adds what should have moved; every row must have its verdict. */
function takeOver(course: Course, done: Done, rows: number): { booked: number; refused: number } {
  const refused = Object.values(done.refused).reduce((sum, count) => sum + count, 0)
  const booked = done.booked + done.replayed
  assert.deepEqual([done.sent, booked + refused], [rows, rows], 'a row has no verdict')
  course.moved.push(...done.moved)
  course.balances = done.balances
  return { booked, refused }
}

/** Moves the clock an hour past the midnight that ends a business day, and waits until the day is closed; how many seconds that took. */
async function closeDay({ ask }: Course, business_date: string): Promise<number> {
  const startedMs = performance.now()
  const to = new Date(Date.parse(business_date) + DAY_MS + DAY_MS / 24).toISOString()
  await ask(moveSandboxClock, { body: { to } })
  while ((await ask(readSandboxClock)).moving_to !== null) {
    if (performance.now() - startedMs > PATIENCE_MS) {
      const { items } = await ask(listEndOfDayRuns, { query: { limit: 1 } })
      throw new Error(`${business_date} is not closed: ${JSON.stringify(items)}`)
    }
    await sleep(LOOK_MS)
  }
  const [last] = (await ask(listEndOfDayRuns, { query: { limit: 1 } })).items
  assert.deepEqual([last?.business_date, last?.status], [business_date, 'COMPLETED'])
  return (performance.now() - startedMs) / 1000
}

/** The trial balance, of all that is booked or as of a value date: zero in each currency, and on every line exactly what the rows moved. */
async function checkTrialBalance({ ask, moved }: Course, as_of?: string): Promise<TrialBalance> {
  const trial = await ask(getTrialBalance, { query: as_of === undefined ? {} : { as_of } })
  const seen = trial.currencies.flatMap(({ currency, lines }) =>
    lines.map(({ gl_code, debits, credits, entries }) => said(`${currency} ${gl_code}`, { debits, credits, entries })),
  )
  const sums = new Map<string, Pick<Movement, 'debits' | 'credits' | 'entries'>>()
  for (const { currency, gl_code, value_date, debits, credits, entries } of moved) {
    if (as_of !== undefined && value_date > as_of) continue
    const sum = sums.get(`${currency} ${gl_code}`) ?? { debits: 0, credits: 0, entries: 0 }
    sums.set(`${currency} ${gl_code}`, {
      debits: sum.debits + debits,
      credits: sum.credits + credits,
      entries: sum.entries + entries,
    })
  }
  assert.deepEqual(seen.toSorted(), [...sums].map(([line, sum]) => said(line, sum)).toSorted())
  for (const { currency, debit_total, credit_total, difference, is_balanced } of trial.currencies)
    assert.deepEqual([difference, is_balanced, credit_total], ['0', true, debit_total], `${currency} is not balanced`)
  assert.ok(trial.currencies.length > 0, 'nothing is booked')
  return trial
}

function said(
  line: string,
  { debits, credits, entries }: Record<'debits' | 'credits', number | string> & { entries: number },
): string {
  return `${line}: ${debits} debited, ${credits} credited, ${entries} entries`
}

async function check(course: Course): Promise<void> {
  const { ledger, ask, size, closed, moved } = course
  for (const { business_date, trial } of closed) {
    const query = { as_of: business_date, known_at: trial.known_at }
    assert.deepEqual(await ask(getTrialBalance, { query }), trial, 'what was known then has changed')
    // What was booked later with an earlier value date counts now.
    await checkTrialBalance(course, business_date)
  }
  const last = closed.at(-1)?.business_date as string
  const { items: periods } = await ask(listPeriods, {
    query: { from: closed[0]?.business_date, to: last, limit: PAGE },
  })
  assert.equal(periods.length, size.days)
  for (const { status, currencies } of periods) {
    assert.equal(status, 'CLOSED')
    for (const { difference } of currencies) assert.equal(difference, '0')
  }
  await checkRepeat(course, last)
  await checkBalances(course)
  const { tree_size } = await ask(signCheckpoint)
  const entries = moved.reduce((sum, movement) => sum + movement.entries, 0)
  assert.equal(tree_size, entries, 'the checkpoint does not cover everything')
  ledger.print(
    `import: each closed day answers as it did; a bulk that comes again books nothing; ${course.balances.length} balances are what the rows ` +
      `make them; the checkpoint covers all ${entries} entries`,
  )
}

/** The first bulk of the last day once more, by an importer that knows nothing of what was sent. */
async function checkRepeat(course: Course, business_date: string): Promise<void> {
  const { ledger, size } = course
  const importer = startImporter(size)
  try {
    const done = await importer.carryOut({ kind: 'repeat', day: size.days - 1, business_date, ...wayTo(ledger) })
    assert.ok(done.replayed > 0)
    assert.equal(done.booked, 0, 'a row was booked twice')
    await checkTrialBalance(course)
  } finally {
    await importer.stop()
  }
}

async function checkBalances({ ask, balances }: Course): Promise<void> {
  const kept = new Map<string, number>()
  let cursor: string | null = null
  do {
    const query: object = { gl_code: 'CUSTOMER_DEPOSITS', limit: PAGE, ...(cursor === null ? {} : { cursor }) }
    const page: ReplyOf<typeof listLedgerAccounts> = await ask(listLedgerAccounts, { query })
    for (const { ledger_account_id, ledger_balance_cents } of page.items)
      if (ledger_balance_cents !== 0n) kept.set(ledger_account_id, Number(ledger_balance_cents))
    cursor = page.next_cursor
  } while (cursor !== null)
  assert.deepEqual(kept, new Map(balances))
}

/** Anew for each day, because a token ends. */
function wayTo({ port, bearer }: OpenLedger): Pick<Task, 'port' | 'authorization'> {
  return { port, ...bearer() }
}

/** A listener of its own for what staff ask: there everybody is an auditor. */
async function openDoor({ runtime }: OpenLedger): Promise<{ ask: Ask; close(): Promise<void> }> {
  const door = createHttpServer({
    log: createLog({ service: 'bench', level: 'fatal' }),
    bodyLimitBytes: 65_536,
    constraints: {},
  })
  const auditor = aStaffMember('auditor')
  const callers = { callerOf: async () => auditor, confirm: async () => {} }
  for (const operation of ASKED)
    registerRoute(
      door,
      operation.sandbox ? '' : '/api/v1',
      operation.path,
      runtime.executorOf(operation) as Executor,
      callers,
    )
  const url = await door.listen({ port: 0, host: '127.0.0.1' })
  const nowS = (): number => Math.floor(Date.now() / 1000)
  const peers = createRemotePeers({
    others: createDiscovery({ addressesOf: () => url }),
    key: generateSigningKey(),
    nowS,
  })
  return {
    ask: async (operation, { query = {}, body = {} } = {}) => {
      const request = { input: { params: {}, query, body }, caller: anonymous, trace: newTrace() }
      return (await peers.call('bench', operation, request)) as ReplyOf<typeof operation>
    },
    close: () => door.close(),
  }
}
