import { postTransaction } from '#contracts/api/ledger.ts'
import { Problem, unreachable } from '#libs/problem/problem.ts'
import type { JobContext } from '#libs/service/service.ts'
import type { Tx } from '#libs/sql/database.ts'
import type { Own } from '../config.ts'
import {
  type ClosingEntry,
  closeChecks,
  closingEntries,
  closingPostings,
  leftToClose,
  periodLines,
  periodOf,
  RESULT_ROLE,
  requireClosable,
  sealedUpTo,
} from '../domain/accounting-periods.ts'
import { closingStepOf } from '../domain/proposals.ts'
import { dayFrom } from '../domain/value-dates.ts'
import { accountIdOf } from '../own-accounts.ts'
import { problems } from '../problems.ts'
import {
  daysOfBooks,
  endCarryOver,
  findEarlierClose,
  findPeriod,
  finishPeriod,
  insertPeriod,
  linkClosingEntries,
  readClosingEntries,
  setStep,
  writeClosingEntries,
} from '../store/accounting-periods.ts'
import { lockBankClock, ownBusinessDay, writeBankClock } from '../store/bank-clock.ts'
import { allowLongStatements } from '../store/daily-books.ts'
import { sealLag } from '../store/end-of-day.ts'
import { glTotals, knownBySeal, resolveKnownAt, type SealedDays } from '../store/known-at.ts'
import { resolveRoles, roleText } from '../store/mappings.ts'
import { openOwnAccounts } from '../store/open-own-accounts.ts'
import { journalCut } from '../store/reports/cuts.ts'
import { lineTotalsAsOf } from '../store/reports/gl-as-of.ts'
import { isSealedUpTo, sealCommitted } from '../store/seals/seal-committed.ts'
import type { AccountingPeriodRow, BankClockRow, ProposalRow } from '../tables.ts'

type Context = JobContext<Own>

/** A step that has waited for seals this long says so. */
const UNTOLD_MS = 5_000

/**
 * Takes the closing of a period one step further; true when it is closed. Each step is one transaction (or one keyed booking), so that a killed
 * process goes on where it stood. A month is shut first, under its own lock and at once; what it said is computed afterwards, without one.
 */
export async function goOnClosing(context: Context, proposal: ProposalRow): Promise<boolean> {
  const name = proposal.period as string
  const row = await findPeriod(context.database.app, name)
  if (row === undefined) {
    await begin(context, name, proposal.proposal_id)
    return false
  }
  if (row.proposal_id !== proposal.proposal_id) throw new Problem(problems.PERIOD_ALREADY_CLOSED)
  try {
    return await takeStep(context, row)
  } catch (error) {
    // Once it has begun, no refusal ends it: whatever stands in the way is looked at and it goes on.
    if (!(error instanceof Problem)) throw error
    throw new Error(`${name} cannot be closed yet: ${error.kind.code}: ${error.message}`, { cause: error })
  }
}

async function takeStep(context: Context, row: AccountingPeriodRow): Promise<boolean> {
  switch (row.step) {
    case 'CLOSING_ENTRIES':
      await computeClosingEntries(context, row)
      return false
    case 'CARRY_OVER':
      await carryOver(context, row)
      return false
    case 'REPORTS':
      return report(context, row)
    case null:
      return true
    default:
      return unreachable(row.step)
  }
}

/** From here on nothing is booked into a month: whoever books shares the business day to the commit, and reads the new date after it. */
async function begin({ database, clock, own }: Context, name: string, proposal_id: string): Promise<void> {
  const period = periodOf(name)
  const stored = await database.transact(async (tx): Promise<BankClockRow> => {
    const before = await lockBankClock(tx)
    // Another instance may have begun while this one waited for the lock.
    if ((await findPeriod(tx, name))?.proposal_id === proposal_id) return before
    await ownBusinessDay(tx)
    requireClosable(period, await daysOfBooks(tx))
    await insertPeriod(tx, period, proposal_id, clock.bank.now())
    return period.kind === 'YEAR' ? before : writeBankClock(tx, { ...before, closed_through: period.last_date })
  })
  own.know(stored)
}

/**
 * The journal as sealed is what is closed, and all that was booked when the step began belongs to it. It is not waited for here, where others wait behind
 * it; an Error where it takes long, so that somebody hears of it.
 */
async function isSettled(context: Context, { settled_at, settled_event }: AccountingPeriodRow): Promise<boolean> {
  const { database, clock, own } = context
  if (await (settled_event === null ? sealCommitted(context) : isSealedUpTo(context, settled_event))) return true
  if (clock.bank.now().getTime() - settled_at.getTime() < UNTOLD_MS) return false
  const { unsequenced, unsealed } = await sealLag(database.app, own.sealing.seen)
  throw new Error(`not all is sealed yet: ${unsealed} events wait for it, and ${unsequenced} for their position`)
}

async function computeClosingEntries(context: Context, row: AccountingPeriodRow): Promise<void> {
  if (!(await isSettled(context, row))) return
  const { database, clock, own } = context
  await database.transact(async (tx) => {
    await allowLongStatements(tx)
    const locked = await findPeriod(tx, row.period, { lock: true })
    if (locked?.step !== 'CLOSING_ENTRIES') return
    const lines = await lineTotalsAsOf(tx, await journalCut(tx, undefined), row.last_date)
    const gl_code = await resultLine(tx)
    const entries = closingEntries(lines, gl_code)
    // They stand before the entries are booked, so that whoever takes the line out of use meanwhile freezes them and stops nothing.
    const accounts = [...new Set(entries.map((entry) => entry.currency))].map((currency) => {
      return { ledger_account_id: accountIdOf(gl_code, currency), gl_code, currency }
    })
    await openOwnAccounts(tx, own, accounts, clock.bank.now())
    await writeClosingEntries(tx, row.period, entries)
    await setStep(tx, locked, 'CARRY_OVER', clock.bank.now())
  })
}

/** The line that results are carried over to, in use and so to the commit. */
async function resultLine(tx: Tx): Promise<string> {
  const gl_code = (await resolveRoles(tx, [RESULT_ROLE])).get(roleText(RESULT_ROLE))
  if (gl_code === undefined) throw new Error('no line is mapped to what the result of a year is carried over to')
  const [line] = await tx`select from gl_accounts where gl_code = ${gl_code} and is_active for share`
  if (line === undefined)
    throw new Error(`${gl_code}, which the result of a year is carried over to, is no line in use: map another`)
  return gl_code
}

/** Books the closing entries under the proposal's id, once each, on the last day of the year. */
async function carryOver({ database, clock, call }: Context, row: AccountingPeriodRow): Promise<void> {
  const { period, proposal_id, last_date: value_date } = row
  const entries = await readClosingEntries(database.app, period)
  for (const [round, own] of Map.groupBy(entries, (entry) => entry.round)) {
    if (own.every((entry) => entry.ledger_transaction_id !== null)) continue
    for (const { currency, part, postings } of closingPostings(own)) {
      const words = {
        business_event: RESULT_ROLE.business_event,
        reference: period,
        description: `Result of ${period}`,
      }
      const step = { transaction_id: proposal_id, step: closingStepOf(currency, { part, round }) }
      const { ledger_transaction_id } = await call(postTransaction, {
        body: { ...step, ...words, currency, value_date, postings },
      })
      const gl_codes = postings.flatMap(({ debit, credit }) => [debit, credit])
      await linkClosingEntries(database.app, period, { round, currency, gl_codes, ledger_transaction_id })
    }
  }
  await endCarryOver(database.app, period, clock.bank.now())
}

/** Writes down what the books say, once what they say is settled and agrees. */
async function report(context: Context, row: AccountingPeriodRow): Promise<boolean> {
  if (!(await isSettled(context, row))) return false
  const { database, clock } = context
  return database.transact(async (tx) => {
    await allowLongStatements(tx)
    const locked = await findPeriod(tx, row.period, { lock: true })
    if (locked?.step !== 'REPORTS') return locked?.status === 'CLOSED'
    const { lines, checks, ahead, known } = await linesOf(tx, row)
    if (row.kind === 'YEAR' && leftToClose(lines).length > 0) {
      // An adjustment came between: what it brought is carried over too.
      await setStep(tx, locked, 'CLOSING_ENTRIES', clock.bank.now())
      return false
    }
    const wrong = checks.filter(({ left, right }) => left !== right)
    if (wrong.length > 0) {
      const words = wrong.map(({ currency, name, left, right }) => `${currency} ${name}: ${left} and ${right}`)
      throw new Error(`the books of ${row.period} do not agree: ${words.join('; ')}`)
    }
    const { seal_no, known_at } = known
    const about = { seal_no, known_at: known_at ?? row.settled_at, closed_at: clock.bank.now() }
    await finishPeriod(tx, row, { lines, checks, ahead, ...about })
    return true
  })
}

async function linesOf(tx: Tx, { period, kind, first_date, last_date }: AccountingPeriodRow) {
  const known = await resolveKnownAt(tx)
  const cut = await journalCut(tx, known.known_at?.toISOString())
  const closings: readonly ClosingEntry[] = kind === 'YEAR' ? await readClosingEntries(tx, period) : []
  const [atEnd, before, sealed] = await Promise.all([
    lineTotalsAsOf(tx, cut, last_date),
    lineTotalsAsOf(tx, cut, dayFrom(first_date, -1)),
    sealedFromEarlier(tx, known, last_date),
  ])
  const lines = periodLines(atEnd, before, closings)
  return { lines, checks: closeChecks(lines, sealed.lines, kind === 'YEAR'), ahead: sealed.ahead, known }
}

/** What is sealed up to the end of a period and ahead of it: what an earlier close found so, and the days since. */
async function sealedFromEarlier(tx: Tx, known: SealedDays, last_date: string) {
  const earlier = await findEarlierClose(tx, last_date)
  if (earlier === undefined) return sealedUpTo(last_date, await glTotals(tx, known, { after: null }), [])
  const then = await knownBySeal(tx, earlier.seal_no)
  const after = then.whole_date
  const [now, before] = await Promise.all([glTotals(tx, known, { after }), glTotals(tx, then, { after })])
  return sealedUpTo(last_date, [...earlier.sealed, ...now], before)
}
