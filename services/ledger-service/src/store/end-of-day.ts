import { businessDateChanged } from '#contracts/events/ledger.ts'
import { occurred } from '#libs/contract/event.ts'
import { newId } from '#libs/ids/ids.ts'
import type { Position } from '#libs/outbox/event-log.ts'
import { publish } from '#libs/outbox/publish.ts'
import type { Queryable, Tx } from '#libs/sql/database.ts'
import { bankTime, dayAfter } from '../domain/bank-clock.ts'
import type { BankClockRow, EndOfDayRunRow, EndOfDayStep, EndOfDayStepRow } from '../tables.ts'
import { ownBusinessDay, writeBankClock } from './bank-clock.ts'

/**
 * The steps of an end of day, in their order. The balances of the day are written down before interest accrues on them; what accrues is booked
 * under the next day, which CUT_OFF has begun.
 */
export const STEPS: readonly EndOfDayStep[] = ['CUT_OFF', 'EXPIRE_HOLDS', 'SNAPSHOT', 'ACCRUE', 'RECONCILE', 'CLOSE']
const RETRY_AFTER_MS = 250
const RETRY_AFTER_AT_MOST_MS = 60_000
const ERROR_LENGTH = 500
const COUNTED_AT_MOST = 100_000

/** The end of day that has steps left; there is one at most. */
export async function findOpenRun(sql: Queryable): Promise<EndOfDayRunRow | undefined> {
  const [run] = await sql<EndOfDayRunRow[]>`select * from end_of_day_runs where status <> 'COMPLETED'`
  return run
}

/** The open run, locked; undefined when it is no longer at the step that was seen: another instance went on. */
export async function lockRun(tx: Tx, seen: EndOfDayRunRow): Promise<EndOfDayRunRow | undefined> {
  const [run] = await tx<EndOfDayRunRow[]>`select * from end_of_day_runs where run_id = ${seen.run_id} for update`
  return run?.step === seen.step && run.accrual_cursor === seen.accrual_cursor ? run : undefined
}

/**
 * Ends the business day: from here on the next date is booked under, and nothing under this one, because whoever books shares the day to the
 * commit. Begins the run that closes it. The clock is locked, and its day is over.
 */
export async function cutOff(
  tx: Tx,
  clock: BankClockRow,
  wall: Date,
): Promise<{ clock: BankClockRow; run: EndOfDayRunRow }> {
  await ownBusinessDay(tx)
  const { business_date: previous } = clock
  const business_date = dayAfter(previous)
  const now = bankTime(clock, wall)
  const moved = await writeBankClock(tx, { ...clock, business_date })
  const [run] = await tx<EndOfDayRunRow[]>`
    insert into end_of_day_runs (run_id, business_date, status, step, attempts, next_attempt_at, started_at)
    values (${newId()}, ${previous}, 'RUNNING', 'EXPIRE_HOLDS', 0, ${wall}, ${now}) returning *`
  if (run === undefined) throw new Error('an inserted run came back without a row')
  await Promise.all([
    writeStep(tx, run, { step: 'CUT_OFF', items: 0, started_at: now, completed_at: now }),
    tx`insert into periods (business_date, status) values (${previous}, 'CLOSING'), (${business_date}, 'OPEN')
      on conflict (business_date) do update set status = excluded.status`,
    publish(tx, occurred(businessDateChanged, { business_date, previous })),
  ])
  return { clock: moved, run }
}

/** What a step did: so many items, and where to go on (`step` again with the cursor, or the next one). */
export interface Progress {
  readonly items: number
  readonly isDone: boolean
  readonly accrual_cursor?: string | null
}

/** Records the progress of the run's step in the transaction that made it. */
export async function recordProgress(
  tx: Tx,
  run: EndOfDayRunRow,
  { items, isDone, accrual_cursor = null }: Progress,
  times: { started_at: Date; now: Date },
): Promise<void> {
  const step = run.step as EndOfDayStep
  const next = isDone ? (STEPS[STEPS.indexOf(step) + 1] ?? null) : step
  const status = next === null ? 'COMPLETED' : 'RUNNING'
  await Promise.all([
    writeStep(tx, run, { step, items, started_at: times.started_at, completed_at: isDone ? times.now : null }),
    tx`
      update end_of_day_runs set status = ${status}, step = ${next}, accrual_cursor = ${accrual_cursor}, error = null, attempts = 0,
        completed_at = ${next === null ? times.now : null}
      where run_id = ${run.run_id}`,
  ])
}

async function writeStep(tx: Tx, { run_id }: EndOfDayRunRow, made: Omit<EndOfDayStepRow, 'run_id'>): Promise<void> {
  const { step, items, started_at, completed_at } = made
  await tx`
    insert into end_of_day_steps as s (run_id, step, items, started_at, completed_at)
    values (${run_id}, ${step}, ${items}, ${started_at}, ${completed_at})
    on conflict (run_id, step) do update set items = s.items + excluded.items, completed_at = excluded.completed_at`
}

/** Records why the run does not go on, and when it is tried again: after pauses that double up to a minute. */
export async function recordStuck(tx: Tx, seen: EndOfDayRunRow, why: string, wall: Date): Promise<void> {
  const run = await lockRun(tx, seen)
  if (run === undefined) return
  const pause_ms = Math.min(RETRY_AFTER_MS * 2 ** Math.min(run.attempts, 20), RETRY_AFTER_AT_MOST_MS)
  await tx`
    update end_of_day_runs set status = 'STUCK', error = ${why.slice(0, ERROR_LENGTH)}, attempts = attempts + 1,
      next_attempt_at = ${new Date(wall.getTime() + pause_ms)}
    where run_id = ${run.run_id}`
}

/**
 * True when something of a later day is sealed. Whoever writes has waited for the cut-off, and events have their positions in the order of writing,
 * so that all of this day was sealed before.
 */
export async function isSealedBeyond(sql: Queryable, business_date: string): Promise<boolean> {
  const [row] = await sql<{ is_beyond: boolean }[]>`
    select exists (select from seals where business_date > ${business_date}::date) as is_beyond`
  return row?.is_beyond ?? false
}

/** How many events wait for their position (not more are counted than fit a glance), and how many that have one for the sealer's look. */
export async function sealLag(
  sql: Queryable,
  seen: Position | undefined,
): Promise<{ unsequenced: number; unsealed: number }> {
  const [row] = await sql<{ unsequenced: number; unsealed: number }[]>`
    select (select coalesce(sum(events), 0) from (
        select events from outbox where position is null limit ${COUNTED_AT_MOST}) waiting)::float8 as unsequenced,
      coalesce((select position - ${seen?.position ?? 0n} from outbox where position is not null and epoch >= ${seen?.epoch ?? 0}
        order by epoch desc, position desc limit 1), 0)::float8 as unsealed`
  return row ?? { unsequenced: 0, unsealed: 0 }
}

/** Runs as the contract answers them, with their steps. */
export async function runReplies(sql: Queryable, runs: readonly EndOfDayRunRow[]) {
  const rows = await sql<EndOfDayStepRow[]>`
    select run_id, step, items::float8 as items, started_at, completed_at from end_of_day_steps
    where run_id = any(${runs.map((run) => run.run_id)}::uuid[])`
  const made = new Map(rows.map((row) => [`${row.run_id} ${row.step}`, row]))
  return runs.map((run) => ({
    run_id: run.run_id,
    business_date: run.business_date,
    status: run.status,
    steps: STEPS.map((step) => stepReply(run, step, made.get(`${run.run_id} ${step}`))),
    error: run.error,
    started_at: run.started_at.toISOString(),
    completed_at: run.completed_at?.toISOString() ?? null,
  }))
}

function stepReply(run: EndOfDayRunRow, step: EndOfDayStep, row: EndOfDayStepRow | undefined) {
  const isDone = row !== undefined && row.completed_at !== null
  const status = isDone ? ('DONE' as const) : run.step === step ? ('RUNNING' as const) : ('PENDING' as const)
  return {
    step,
    status,
    started_at: row?.started_at.toISOString() ?? null,
    completed_at: row?.completed_at?.toISOString() ?? null,
    items: row?.items ?? 0,
  }
}
