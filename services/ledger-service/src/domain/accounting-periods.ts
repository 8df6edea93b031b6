import { Problem } from '#libs/problem/problem.ts'
import { problems } from '../problems.ts'
import { dayAfter } from './bank-clock.ts'

/** What the line is mapped to that the results of closed years stand on. */
export const RESULT_ROLE = { business_event: 'CLOSING', product: '*', role: 'result' } as const
/** Postings of one transaction. */
const POSTINGS_AT_MOST = 100

/** A month `YYYY-MM` or a year `YYYY` with its days, both included. */
export interface Period {
  readonly period: string
  readonly kind: 'MONTH' | 'YEAR'
  readonly first_date: string
  readonly last_date: string
}

/** What the books say of their days, as far as a closing must know it. */
export interface DaysOfBooks {
  /** The first day that the books have. */
  readonly first_date: string
  /** The last day that is closed; null before the first is. Days are closed one after the other. */
  readonly closed_day: string | null
  /** The last day of the last closed month; null while none is. */
  readonly closed_through: string | null
  /** Periods that are closed or being closed. */
  readonly closed_periods: ReadonlySet<string>
  /** Of those, whose totals are still to be made. */
  readonly being_closed: ReadonlySet<string>
}

/** A period by its name. */
export function periodOf(period: string): Period {
  if (period.length === 4) return { period, kind: 'YEAR', first_date: `${period}-01-01`, last_date: `${period}-12-31` }
  return { period, kind: 'MONTH', first_date: `${period}-01`, last_date: lastDayOf(period) }
}

/** Refuses a period that cannot be closed now: its days and the periods before it come first. A year ends with its last month. */
export function requireClosable({ period, kind, first_date, last_date }: Period, books: DaysOfBooks): void {
  if (last_date < books.first_date)
    throw new Problem(problems.PERIOD_NOT_FOUND, { detail: `The books begin on ${books.first_date}` })
  if (books.closed_periods.has(period)) throw new Problem(problems.PERIOD_ALREADY_CLOSED)
  if (books.closed_day === null || books.closed_day < last_date)
    throw new Problem(problems.PERIOD_NOT_OVER, {
      detail: books.closed_day === null ? 'No day is closed yet' : `The last day that is closed is ${books.closed_day}`,
    })
  const missing = kind === 'MONTH' ? monthBefore(first_date, books) : partOfYearOpen(period, last_date, books)
  if (missing !== null)
    throw new Problem(problems.EARLIER_PERIOD_OPEN, { detail: `Close ${missing} first`, extra: { period: missing } })
}

/** The first month that is open, where it is before this one. */
function monthBefore(first_date: string, { closed_through, first_date: begun }: DaysOfBooks): string | null {
  const next = closed_through === null ? begun : dayAfter(closed_through)
  return next.slice(0, 7) < first_date.slice(0, 7) ? next.slice(0, 7) : null
}

/**
 * What has to be closed before a year: the year before it, where the books reach back so far, and its own last month. Both to the end, because
 * what they say of themselves knows nothing of the year's closing entries.
 */
function partOfYearOpen(year: string, last_date: string, books: DaysOfBooks): string | null {
  const { closed_through, closed_periods, being_closed } = books
  const before = String(Number(year) - 1).padStart(4, '0')
  const isBeforeOpen = !closed_periods.has(before) || being_closed.has(before)
  if (before >= books.first_date.slice(0, 4) && isBeforeOpen) return before
  const last_month = last_date.slice(0, 7)
  return closed_through === null || closed_through < last_date || being_closed.has(last_month) ? last_month : null
}

function lastDayOf(month: string): string {
  const [year, number] = month.split('-').map(Number) as [number, number]
  return new Date(Date.UTC(year, number, 0)).toISOString().slice(0, 10)
}

/** The totals of a line of the chart in a currency, in minor units. */
export interface Line {
  readonly currency: string
  readonly gl_code: string
  readonly account_type: 'ASSET' | 'LIABILITY' | 'EQUITY' | 'INCOME' | 'EXPENSE'
  readonly debits: bigint
  readonly credits: bigint
}

/** What a line stood at when a period ended, and what it did in it; closing entries are left out of the latter. */
export interface PeriodLine extends Line {
  readonly period_debits: bigint
  readonly period_credits: bigint
}

/** What takes the balance of an income or expense line away at the end of a year: above zero it is a credit balance. */
export interface ClosingEntry {
  readonly currency: string
  readonly gl_code: string
  readonly credit_balance_cents: bigint
  /** The line that it is carried over to. */
  readonly result_gl_code: string
}

/** What was sealed on a line of the chart for a value date. */
export interface Sealed extends Omit<Line, 'account_type'> {
  readonly value_date: string
}

/** Two sums that must be the same when a period is closed. */
export interface Check {
  readonly currency: string
  readonly name: string
  readonly left: bigint
  readonly right: bigint
}

/** The closing entries of a year, from what every line stood at on its last day. What was carried over before is in the balances already. */
export function closingEntries(lines: readonly Line[], result_gl_code: string): ClosingEntry[] {
  return leftToClose(lines).map(({ currency, gl_code, debits, credits }) => ({
    ...{ currency, gl_code, result_gl_code },
    credit_balance_cents: credits - debits,
  }))
}

/** Income and expense that no closing entries have carried over. */
export function leftToClose(lines: readonly Line[]): Line[] {
  return lines.filter((line) => isResult(line) && line.debits !== line.credits)
}

/**
 * What is sealed up to the end of a period, by line, and what lies ahead of it: `known` without what of it was `known_before` (more than once
 * sealed is summed).
 */
export function sealedUpTo(
  last_date: string,
  known: readonly Sealed[],
  known_before: readonly Sealed[],
): { lines: Omit<Line, 'account_type'>[]; ahead: Sealed[] } {
  const sums = new Map<string, Sealed>()
  const add = (one: Sealed, sign: bigint): void => {
    const value_date = one.value_date > last_date ? one.value_date : last_date
    const key = `${value_date} ${keyOf(one)}`
    const { debits, credits } = sums.get(key) ?? { debits: 0n, credits: 0n }
    const { currency, gl_code } = one
    sums.set(key, {
      ...{ value_date, currency, gl_code },
      debits: debits + sign * one.debits,
      credits: credits + sign * one.credits,
    })
  }
  for (const one of known) add(one, 1n)
  for (const one of known_before) add(one, -1n)
  const left = [...sums.values()].filter(({ debits, credits }) => debits !== 0n || credits !== 0n)
  return {
    lines: left.filter((one) => one.value_date === last_date).map(({ value_date: _end, ...line }) => line),
    ahead: left.filter((one) => one.value_date !== last_date),
  }
}

/** The lines of a period: those at its end, less those before it and what closing entries did. */
export function periodLines(
  atEnd: readonly Line[],
  before: readonly Line[],
  closings: readonly ClosingEntry[],
): PeriodLine[] {
  const earlier = new Map(before.map((line) => [keyOf(line), line]))
  const moved = closingMoves(closings)
  return atEnd.map((line) => {
    const { currency, gl_code, account_type, debits, credits } = line
    const then = earlier.get(keyOf(line))
    const closing = moved.get(keyOf(line))
    return {
      ...{ currency, gl_code, account_type, debits, credits },
      period_debits: debits - (then?.debits ?? 0n) - (closing?.debits ?? 0n),
      period_credits: credits - (then?.credits ?? 0n) - (closing?.credits ?? 0n),
    }
  })
}

/** Income less expense of a period. */
export function resultOf(lines: readonly PeriodLine[]): bigint {
  return lines.filter(isResult).reduce((sum, line) => sum + line.period_credits - line.period_debits, 0n)
}

/**
 * What must hold at a close, per currency: debits are credits; assets are what is owed and owned; every line that was written down day by day is
 * the one that the sealed journal gives; and after a year's closing entries nothing is left on income and expense.
 */
export function closeChecks(
  lines: readonly PeriodLine[],
  sealed: readonly Omit<Line, 'account_type'>[],
  isYear: boolean,
): Check[] {
  const fromSeals = new Map(sealed.map((line) => [keyOf(line), line]))
  return [...Map.groupBy(lines, (line) => line.currency)].flatMap(([currency, own]) => {
    const sumOf = (pick: (line: PeriodLine) => bigint, of: readonly PeriodLine[] = own): bigint =>
      of.reduce((sum, line) => sum + pick(line), 0n)
    const assets = own.filter((line) => line.account_type === 'ASSET')
    const others = own.filter((line) => line.account_type !== 'ASSET')
    const alike = own.filter((line) => {
      const seal = fromSeals.get(keyOf(line))
      return seal !== undefined && seal.debits === line.debits && seal.credits === line.credits
    })
    const count = sealed.filter((line) => line.currency === currency).length
    return [
      { currency, name: 'DEBITS_AND_CREDITS', left: sumOf((one) => one.debits), right: sumOf((one) => one.credits) },
      {
        currency,
        name: 'ASSETS_AND_CLAIMS',
        left: sumOf((one) => one.debits - one.credits, assets),
        right: sumOf((one) => one.credits - one.debits, others),
      },
      { currency, name: 'LINES_AS_SEALED', left: BigInt(alike.length), right: BigInt(Math.max(own.length, count)) },
      ...(isYear
        ? [{ currency, name: 'NOTHING_LEFT_TO_CLOSE', left: BigInt(leftToClose(own).length), right: 0n }]
        : []),
    ]
  })
}

/** Debits and credits that closing entries brought to each line, that of the results included. */
function closingMoves(closings: readonly ClosingEntry[]): Map<string, { debits: bigint; credits: bigint }> {
  const moves = new Map<string, { debits: bigint; credits: bigint }>()
  const add = (line: { currency: string; gl_code: string }, debits: bigint, credits: bigint): void => {
    const sum = moves.get(keyOf(line)) ?? { debits: 0n, credits: 0n }
    moves.set(keyOf(line), { debits: sum.debits + debits, credits: sum.credits + credits })
  }
  for (const { currency, gl_code, result_gl_code, credit_balance_cents: balance } of closings) {
    const [credit, debit] = balance > 0n ? [balance, 0n] : [0n, -balance]
    add({ currency, gl_code }, credit, debit)
    add({ currency, gl_code: result_gl_code }, debit, credit)
  }
  return moves
}

function isResult({ account_type }: Pick<Line, 'account_type'>): boolean {
  return account_type === 'INCOME' || account_type === 'EXPENSE'
}

function keyOf({ currency, gl_code }: { currency: string; gl_code: string }): string {
  return `${currency} ${gl_code}`
}

/** The postings that book closing entries: a list for each transaction, one currency each. */
export function closingPostings(closings: readonly ClosingEntry[]) {
  return [...Map.groupBy(closings, (entry) => entry.currency)].flatMap(([currency, entries]) => {
    const postings = entries.map(({ gl_code, result_gl_code, credit_balance_cents: balance }) =>
      balance > 0n
        ? { debit: gl_code, credit: result_gl_code, amount_cents: balance }
        : { debit: result_gl_code, credit: gl_code, amount_cents: -balance },
    )
    const parts = Math.ceil(postings.length / POSTINGS_AT_MOST)
    return Array.from({ length: parts }, (_, part) => ({
      currency,
      part,
      postings: postings.slice(part * POSTINGS_AT_MOST, (part + 1) * POSTINGS_AT_MOST),
    }))
  })
}
