import { accrueInterest } from '#contracts/api/account.ts'
import { ledgerPeriodClosed } from '#contracts/events/ledger.ts'
import { occurred } from '#libs/contract/event.ts'
import { newId } from '#libs/ids/ids.ts'
import { publish } from '#libs/outbox/publish.ts'
import { unreachable } from '#libs/problem/problem.ts'
import type { JobContext } from '#libs/service/service.ts'
import type { Tx } from '#libs/sql/database.ts'
import { newTrace, withTrace } from '#libs/telemetry/context.ts'
import { job, type Own } from '../config.ts'
import { decideStep, endOf, isDayOver, isMonthEnd } from '../domain/bank-clock.ts'
import { lockBankClock, partitionFor, writeBankClock } from '../store/bank-clock.ts'
import { allowLongStatements, compareDay, snapshotDay } from '../store/daily-books.ts'
import {
  cutOff,
  findOpenRun,
  isSealedBeyond,
  lockRun,
  type Progress,
  recordProgress,
  recordStuck,
  sealLag,
} from '../store/end-of-day.ts'
import { EXPIRED_AT_ONCE, expireSome } from '../store/expiry.ts'
import { orderNightly, writeReconciliation, writeUnbalanced } from '../store/reconciliations.ts'
import { signCheckpoint } from '../store/seals/checkpoints.ts'
import { sealCommitted } from '../store/seals/seal-committed.ts'
import type { EndOfDayRunRow } from '../tables.ts'

type Context = JobContext<Own>

/** Days are walked without a pause for this long at a stretch, so that a stop of the process never waits longer. */
const AT_A_STRETCH_MS = 1_000

/**
 * Closes business days that are over, one after the other and step by step, and moves a clock that is on its way from midnight to midnight.
 * It looks often, but only into memory: what another instance began is known within a second. Each step and its progress are one
 * transaction, so the process may die anywhere, and two instances at it cost only a question.
 */
export const closeDays = job('close-days', {
  everyMs: 100,
  async run(context) {
    const until = performance.now() + AT_A_STRETCH_MS
    while (performance.now() < until && isDue(context)) {
      const hasMoved = await withTrace(newTrace(), () => goOn(context))
      if (!hasMoved) return
    }
  },
})

function isDue({ own, clock }: Context): boolean {
  return own.isRunOpen || own.known.moving_to !== null || isDayOver(own.known, clock.wall.now())
}

/** One piece of work; false when there is none now. */
async function goOn(context: Context): Promise<boolean> {
  const { database, clock, own } = context
  const run = await findOpenRun(database.app)
  own.isRunOpen = run !== undefined
  if (run === undefined) return walk(context)
  return run.next_attempt_at <= clock.wall.now() && takeStep(context, run)
}

/** Moves the clock on its way as far as the day lasts, and cuts the day off when it is over. */
async function walk({ database, clock, own }: Context): Promise<boolean> {
  await partitionFor(own, endOf(own.known.business_date))
  const walked = await database.transact(async (tx) => {
    const before = await lockBankClock(tx)
    const wall = clock.wall.now()
    const stored = decideStep(before, wall)
    if (isDayOver(stored, wall) && (await findOpenRun(tx)) === undefined) return cutOff(tx, stored, wall)
    return { clock: stored === before ? before : await writeBankClock(tx, stored), hasMoved: stored !== before }
  })
  own.know(walked.clock)
  if (!('run' in walked)) return walked.hasMoved
  own.isRunOpen = true
  return true
}

/** Does the step that the run stands at. Whatever goes wrong is recorded with it, and the step is tried again later. */
async function takeStep(context: Context, run: EndOfDayRunRow): Promise<boolean> {
  const { database, clock, log } = context
  const started_at = clock.bank.now()
  try {
    if (run.step === 'SNAPSHOT') await sealDay(context, run)
    const accrued = run.step === 'ACCRUE' ? await accrue(context, run) : undefined
    await database.transact(async (tx) => {
      const locked = await lockRun(tx, run)
      if (locked === undefined) return
      const progress = accrued ?? (await stepInside(tx, context, locked))
      await recordProgress(tx, locked, progress, { started_at, now: clock.bank.now() })
    })
  } catch (error) {
    const { business_date, step } = run
    log.warn({ error, business_date, step }, 'an end of day is stuck and is tried again')
    const why = error instanceof Error ? error.message : String(error)
    await database.transact((tx) => recordStuck(tx, run, why, clock.wall.now()))
  }
  return true
}

/**
 * What is written down of a day is what was sealed of it: nothing more is booked under it, so it is sealed now. Much may be booked meanwhile: once
 * something of a later day is sealed, all of this one is.
 */
async function sealDay(context: Context, { business_date }: EndOfDayRunRow): Promise<void> {
  const { database, own } = context
  if ((await sealCommitted(context)) || (await isSealedBeyond(database.app, business_date))) return
  const { unsequenced, unsealed } = await sealLag(database.app, own.sealing.seen)
  throw new Error(`the day is not sealed yet: ${unsealed} events wait for it, and ${unsequenced} for their position`)
}

/** One page of accounts, accrued by account-service once, however often it is asked. */
async function accrue({ call }: Context, { business_date, accrual_cursor }: EndOfDayRunRow): Promise<Progress> {
  const body = { business_date, is_month_end: isMonthEnd(business_date) }
  const cursor = accrual_cursor === null ? {} : { cursor: accrual_cursor }
  const { accrued, next_cursor } = await call(accrueInterest, { body: { ...body, ...cursor } })
  return { items: accrued, isDone: next_cursor === null, accrual_cursor: next_cursor }
}

async function stepInside(tx: Tx, context: Context, { step, business_date }: EndOfDayRunRow): Promise<Progress> {
  switch (step) {
    case 'EXPIRE_HOLDS': {
      const items = await expireSome(tx, context, endOf(business_date))
      return { items, isDone: items < EXPIRED_AT_ONCE }
    }
    case 'SNAPSHOT':
      await allowLongStatements(tx)
      await signCheckpoint(tx, { signer: context.own.signer, now: context.clock.bank.now(), business_date })
      return { items: await snapshotDay(tx, business_date), isDone: true }
    case 'RECONCILE':
      await orderNightly(tx, { run_id: newId(), business_date, started_at: context.clock.bank.now() })
      return { items: await reconcileDay(tx, context, business_date), isDone: true }
    case 'CLOSE':
      await close(tx, business_date, context.clock.bank.now())
      return { items: 0, isDone: true }
    case 'CUT_OFF':
    case 'ACCRUE':
    case null:
      throw new Error(`an end of day stands at ${step}, which is no step inside a transaction`)
    default:
      return unreachable(step)
  }
}

async function reconcileDay(tx: Tx, { clock, log }: Context, business_date: string): Promise<number> {
  await allowLongStatements(tx)
  const started_at = clock.bank.now()
  const { accounts, differences, unbalanced } = await compareDay(tx, business_date)
  const hasPassed = differences.length === 0 && unbalanced.length === 0
  const run_id = newId()
  const status = hasPassed ? ('PASSED' as const) : ('FAILED' as const)
  const completed_at = clock.bank.now()
  const run = { run_id, scope: 'DAY' as const, business_date, status, accounts, started_at, completed_at }
  await writeReconciliation(tx, run, differences)
  await writeUnbalanced(tx, run_id, unbalanced)
  if (!hasPassed)
    log.error(
      { run_id, business_date, unbalanced, differences: differences.length },
      'the books of a day do not add up',
    )
  return accounts
}

async function close(tx: Tx, business_date: string, closed_at: Date): Promise<void> {
  await tx`update periods set status = 'CLOSED', closed_at = ${closed_at} where business_date = ${business_date}`
  const is_month_end = isMonthEnd(business_date)
  await publish(tx, occurred(ledgerPeriodClosed, { period: business_date, business_date, is_month_end }))
}
