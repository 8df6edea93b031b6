import { postTransaction } from '#contracts/api/ledger.ts'
import { Problem, unreachable } from '#libs/problem/problem.ts'
import type { JobContext } from '#libs/service/service.ts'
import type { Own } from '../config.ts'
import {
  type ClosingEntry,
  closeChecks,
  closingEntries,
  closingPostings,
  periodLines,
  periodOf,
  requireClosable,
} from '../domain/accounting-periods.ts'
import { closingStepOf } from '../domain/proposals.ts'
import { dayFrom } from '../domain/value-dates.ts'
import { problems } from '../problems.ts'
import {
  daysOfBooks,
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
import { glTotals, resolveKnownAt } from '../store/known-at.ts'
import { journalCut } from '../store/reports/cuts.ts'
import { lineTotalsAsOf } from '../store/reports/gl-as-of.ts'
import type { AccountingPeriodRow, BankClockRow, ProposalRow } from '../tables.ts'

type Context = JobContext<Own>

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
    await ownBusinessDay(tx)
    requireClosable(period, await daysOfBooks(tx))
    await insertPeriod(tx, period, proposal_id, clock.bank.now())
    return period.kind === 'YEAR' ? before : writeBankClock(tx, { ...before, closed_through: period.last_date })
  })
  own.know(stored)
}

/** True when everything booked up to the period's moment is sealed, so that what the journal says of it will not change. */
async function isSealed({ database }: Context, { settled_at }: AccountingPeriodRow): Promise<boolean> {
  const { horizon } = await resolveKnownAt(database.app)
  if (horizon !== null) return horizon > settled_at
  // Where nothing was ever booked there is nothing to seal.
  const booked = await database.app`select 1 from journal_transactions limit 1`
  return booked.length === 0
}

async function computeClosingEntries(context: Context, row: AccountingPeriodRow): Promise<void> {
  if (!(await isSealed(context, row))) return
  const { database, clock } = context
  await database.transact(async (tx) => {
    await allowLongStatements(tx)
    const locked = await findPeriod(tx, row.period, { lock: true })
    if (locked?.step !== 'CLOSING_ENTRIES') return
    const lines = await lineTotalsAsOf(tx, await journalCut(tx, undefined), row.last_date)
    await writeClosingEntries(tx, row.period, closingEntries(lines))
    await setStep(tx, row, 'CARRY_OVER', clock.bank.now())
  })
}

/** Books the closing entries under the proposal's id, once each, on the last day of the year. */
async function carryOver({ database, clock, call }: Context, row: AccountingPeriodRow): Promise<void> {
  const { period, proposal_id, last_date: value_date } = row
  for (const { currency, part, postings } of closingPostings(await readClosingEntries(database.app, period))) {
    const words = { business_event: 'CLOSING', reference: period, description: `Result of ${period}` }
    const step = { transaction_id: proposal_id, step: closingStepOf(currency, part) }
    const { ledger_transaction_id } = await call(postTransaction, {
      body: { ...step, ...words, currency, value_date, postings },
    })
    const gl_codes = postings.flatMap(({ debit, credit }) => [debit, credit])
    await linkClosingEntries(database.app, period, { currency, gl_codes, ledger_transaction_id })
  }
  await setStep(database.app, row, 'REPORTS', clock.bank.now())
}

/** Writes down what the books say, once what they say is settled and agrees. */
async function report(context: Context, row: AccountingPeriodRow): Promise<boolean> {
  if (!(await isSealed(context, row))) return false
  const { database, clock } = context
  return database.transact(async (tx) => {
    await allowLongStatements(tx)
    const locked = await findPeriod(tx, row.period, { lock: true })
    if (locked?.step !== 'REPORTS') return locked?.status === 'CLOSED'
    const { lines, checks, known_at } = await linesOf(tx, row)
    const wrong = checks.filter(({ left, right }) => left !== right)
    if (wrong.length > 0) {
      const words = wrong.map(({ currency, name, left, right }) => `${currency} ${name}: ${left} and ${right}`)
      throw new Error(`the books of ${row.period} do not agree: ${words.join('; ')}`)
    }
    await finishPeriod(tx, row, { lines, checks, known_at: known_at ?? row.settled_at, closed_at: clock.bank.now() })
    return true
  })
}

async function linesOf(
  tx: Parameters<typeof finishPeriod>[0],
  { period, kind, first_date, last_date }: AccountingPeriodRow,
) {
  const known = await resolveKnownAt(tx)
  const cut = await journalCut(tx, known.known_at?.toISOString())
  const closings: readonly ClosingEntry[] = kind === 'YEAR' ? await readClosingEntries(tx, period) : []
  const [atEnd, before, sealed] = await Promise.all([
    lineTotalsAsOf(tx, cut, last_date),
    lineTotalsAsOf(tx, cut, dayFrom(first_date, -1)),
    glTotals(tx, known, { after: null, as_of: last_date }),
  ])
  const lines = periodLines(atEnd, before, closings)
  const typeOf = new Map(atEnd.map((line) => [line.gl_code, line.account_type]))
  const asSealed = sealed.map((total) => ({ ...total, account_type: typeOf.get(total.gl_code) ?? 'ASSET' }))
  return { lines, checks: closeChecks(lines, asSealed, kind === 'YEAR'), known_at: known.known_at }
}
