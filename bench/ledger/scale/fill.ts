import { bankClock, wallClock } from '#libs/clock/clock.ts'
import type { Database, Sql, Tx } from '#libs/sql/database.ts'
import { snapshotDay } from '#services/ledger-service/src/store/daily-books.ts'
import { newSealing, sealOnce } from '#services/ledger-service/src/store/seals/sealer.ts'
import { copyAll, linesFor } from './copy.ts'
import { type History, historyOf, type Transfer } from './history.ts'
import { attachMonth, loosenMonth } from './partitions.ts'
import { CASH_INDEX, type Plan } from './plan.ts'
import { type Account, accountColumns, type Bundle, ENTRIES, eventText, JOURNAL, NULL, OUTBOX, STEPS } from './rows.ts'

/** Transfers whose rows are gathered before they are written. */
const TRANSFERS_AT_ONCE = 20_000
const ACCOUNTS_AT_ONCE = 100_000
/** Events that one transaction of the database published, at a busy moment. */
const EVENTS_A_BUNDLE = 100

/** What is filled: as the owner of the tables, with the ledger's own pools for what its own code does. */
export interface Filling {
  owner: Sql
  database: Database
  plan: Plan
  say(line: string): void
}

/**
 * Fills the ledger's tables with a bank that has lived through the plan's days: accounts as they stand at the end, journal, entries, steps
 * and events by COPY; days are closed and everything is sealed by the ledger's own code. Each step is one transaction that writes down that
 * it was done, so whoever is stopped goes on where it was.
 */
export async function fillBooks(filling: Filling): Promise<void> {
  const { owner, plan, say } = filling
  await owner`create table if not exists bench.done (step text primary key)`
  await once(filling, 'accounts', async (tx) => writeAccounts(tx, plan, livedThrough(plan)))
  const history = historyOf(plan)
  const months = Map.groupBy(plan.days.keys(), (day) => (plan.days[day] as string).slice(0, 7))
  for (const [month, days] of months) {
    const isDone = !(await once(filling, `journal of ${month}`, (tx) => writeMonth(tx, history, month, days)))
    if (isDone) for (const day of days) for (const _ of history.live(day, false));
    await closeDays(filling, month, days)
    await sealAll(filling)
    if (month !== plan.days.at(-1)?.slice(0, 7))
      await once(filling, `events of ${month} put away`, async (tx) => {
        await tx.unsafe(`drop table outbox_${month.replace('-', '_')}`)
      })
  }
  await once(filling, 'clock', (tx) => startClock(tx, plan))
  say('vacuum')
  await owner`vacuum (analyze)`
}

/** Closes each day in a transaction of its own, as the ledger does: whoever is stopped loses one. */
async function closeDays({ owner, plan, say }: Filling, month: string, days: readonly number[]): Promise<void> {
  const startedMs = performance.now()
  let closed = 0
  for (const day of days) {
    const date = plan.days[day] as string
    if (await once({ owner, say: () => {} }, `day ${date}`, (tx) => closeDay(tx, date))) closed += 1
  }
  if (closed > 0) say(`${closed} days of ${month}: ${((performance.now() - startedMs) / 1000).toFixed(1)} s`)
}

/** Does a step that was not done yet; false when it was. */
async function once(
  { owner, say }: Pick<Filling, 'owner' | 'say'>,
  step: string,
  work: (tx: Tx) => Promise<void>,
): Promise<boolean> {
  const [done] = await owner`select from bench.done where step = ${step}`
  if (done !== undefined) return false
  const startedMs = performance.now()
  await owner.begin(async (tx) => {
    await tx`set local maintenance_work_mem = '1GB'`
    await tx`set local work_mem = '512MB'`
    await work(tx as Tx)
    await tx`insert into bench.done values (${step})`
  })
  say(`${step}: ${((performance.now() - startedMs) / 1000).toFixed(1)} s`)
  return true
}

function livedThrough(plan: Plan): History {
  const history = historyOf(plan)
  for (const day of plan.days.keys()) for (const _ of history.live(day, false));
  return history
}

async function writeAccounts(tx: Tx, plan: Plan, { balances, counts }: History): Promise<void> {
  const lines = await tx<{ gl_code: string; name: string; account_type: string; normal_side: string }[]>`
    select gl_code, name, account_type, normal_side from gl_accounts where gl_code in ('CASH', 'CUSTOMER_DEPOSITS')`
  const lineOf = (gl_code: string) => {
    const line = lines.find((one) => one.gl_code === gl_code)
    if (line === undefined) throw new Error(`the chart of accounts lacks ${gl_code}`)
    return { ...line, created_at: `${plan.days[0]}T00:00:00Z` }
  }
  await tx`truncate ledger_accounts`
  const cash = linesFor<Account>('ledger_accounts', accountColumns({ ...lineOf('CASH'), overdraft_limit_cents: NULL }))
  cash.add({ index: CASH_INDEX, balance: balances.at(-1) as number, count: counts.at(-1) as number })
  await copyAll(tx, [cash.take()])
  const columns = accountColumns({ ...lineOf('CUSTOMER_DEPOSITS'), overdraft_limit_cents: '0' })
  const deposits = linesFor<Account>('ledger_accounts', columns, { isFresh: true })
  let writing = Promise.resolve()
  for (let index = 0; index < plan.accounts; ) {
    const end = Math.min(plan.accounts, index + ACCOUNTS_AT_ONCE)
    for (; index < end; index++)
      deposits.add({ index, balance: balances[index] as number, count: counts[index] as number })
    const batch = deposits.take()
    await writing
    writing = copyAll(tx, [batch])
  }
  await writing
}

/** The rows of a month: its partitions are filled apart, so that their indexes are made at once. */
async function writeMonth(tx: Tx, history: History, month: string, days: readonly number[]): Promise<void> {
  const [state] = await tx<{ position: bigint }[]>`select position from outbox_state for update`
  const [journalMonth, entriesMonth, outboxMonth] = [
    await loosenMonth(tx, 'journal_transactions', month),
    await loosenMonth(tx, 'entries', month),
    await loosenMonth(tx, 'outbox', month),
  ]
  const journal = linesFor(journalMonth.name, JOURNAL, { isFresh: true })
  const entries = linesFor(entriesMonth.name, ENTRIES, { isFresh: true })
  const steps = linesFor('ledger_steps', STEPS)
  const outbox = linesFor(outboxMonth.name, OUTBOX, { isFresh: true })
  const bundles = bundlesFrom(Number(state?.position ?? 0n), (bundle) => outbox.add(bundle))
  let writing = Promise.resolve()
  const write = async (): Promise<void> => {
    const batches = [journal.take(), entries.take(), steps.take(), outbox.take()]
    await writing
    writing = copyAll(tx, batches)
    // A failure is met by whoever waits next.
    writing.catch(() => {})
  }
  let gathered = 0
  for (const day of days) {
    for (const transfer of history.live(day, true)) {
      journal.add(transfer)
      entries.add({ transfer, isDebit: true })
      entries.add({ transfer, isDebit: false })
      steps.add(transfer)
      bundles.add(transfer)
      if (++gathered % TRANSFERS_AT_ONCE === 0) await write()
    }
    bundles.end()
  }
  await write()
  await writing
  for (const loose of [journalMonth, entriesMonth, outboxMonth]) await attachMonth(tx, loose)
  await tx`update outbox_state set position = ${bundles.position()}`
}

/** Puts events together as one transaction would have published them. */
function bundlesFrom(position: number, made: (bundle: Bundle) => void) {
  let last = position
  let id = ''
  let texts: string[] = []
  const end = (): void => {
    if (texts.length === 0) return
    last += texts.length
    made({ id, events: texts.length, position: last, text: `[${texts.join(',\\n')}]` })
    texts = []
  }
  return {
    add: (transfer: Transfer): void => {
      if (texts.length === 0) id = transfer.id
      texts.push(eventText(transfer))
      if (texts.length === EVENTS_A_BUNDLE) end()
    },
    end,
    position: () => last,
  }
}

/** The day is over: its balances and totals are written down by the ledger's own code. */
async function closeDay(tx: Tx, date: string): Promise<void> {
  await snapshotDay(tx, date)
  await tx`insert into periods (business_date, status, closed_at) values (${date}, 'CLOSED', ${date}::date + 1)`
}

/** Seals everything that has its position, as the ledger does. */
async function sealAll({ database, say }: Filling): Promise<void> {
  const clock = { wall: wallClock, bank: bankClock(wallClock, () => 0) }
  const own = { sealing: newSealing() }
  const startedMs = performance.now()
  let seals = 0
  while ((await sealOnce({ database, clock, own })) !== 'IDLE') seals += 1
  if (seals > 0) say(`${seals} seals: ${((performance.now() - startedMs) / 1000).toFixed(1)} s`)
}

/** The bank stands on the day after the last. */
async function startClock(tx: Tx, plan: Plan): Promise<void> {
  const [row] = await tx<{ today: string }[]>`select (${plan.days.at(-1) as string}::date + 1) as today`
  const today = row?.today as string
  await tx`insert into bank_clock (offset_ms, business_date) values (0, ${today})`
  await tx`insert into periods (business_date, status) values (${today}, 'OPEN')`
}
