import { Problem } from '#libs/problem/problem.ts'
import { problems } from '../problems.ts'
import type { AccountType, Side } from '../tables.ts'

/** Later than every value date: all that is booked counts. */
export const END_OF_TIME = '9999-12-31'
/** A report covers this many days at most: ten years. */
const DAYS_AT_MOST = 3_660
const DAY_MS = 86_400_000

/** What was booked on a line of the chart in one currency, in minor units. */
export interface LineTotals {
  readonly currency: string
  readonly gl_code: string
  readonly account_type: AccountType
  readonly normal_side: Side
  readonly debits: bigint
  readonly credits: bigint
  readonly entries: number
}

/** Refuses a range of days that ends before it begins or is too long; both days are included. */
export function checkRange({ from, to }: { from: string; to: string }): void {
  if (from > to || (Date.parse(to) - Date.parse(from)) / DAY_MS >= DAYS_AT_MOST)
    throw new Problem(problems.RANGE_WRONG, { detail: `A range has 1 to ${DAYS_AT_MOST} days` })
}

/** The balance of a line in the sense of its normal side. */
export function balanceOf(line: Pick<LineTotals, 'normal_side' | 'debits' | 'credits'>): bigint {
  return line.normal_side === 'DEBIT' ? line.debits - line.credits : line.credits - line.debits
}

/** Lines by currency, one currency or all. */
export function byCurrency(
  lines: readonly LineTotals[],
  currency: string | undefined,
): [currency: string, lines: LineTotals[]][] {
  const groups = [...Map.groupBy(lines, (line) => line.currency)]
  return currency === undefined ? groups : groups.filter(([code]) => code === currency)
}

/** The trial balance of a currency: each line's balance on the side where more was booked. */
export function trialBalance(currency: string, totals: readonly LineTotals[]) {
  const lines = totals.map(({ currency: _same, debits, credits, ...line }) => ({
    ...line,
    debits: String(debits),
    credits: String(credits),
    debit_total: String(debits > credits ? debits - credits : 0n),
    credit_total: String(credits > debits ? credits - debits : 0n),
  }))
  const debit = sum(lines.map((line) => BigInt(line.debit_total)))
  const credit = sum(lines.map((line) => BigInt(line.credit_total)))
  return {
    currency,
    lines,
    debit_total: String(debit),
    credit_total: String(credit),
    difference: String(debit - credit),
    is_balanced: debit === credit,
  }
}

/** The balance sheet of a currency; the result is income less expense that is not carried over to equity yet. */
export function balanceSheet(currency: string, totals: readonly LineTotals[]) {
  const [assets, liabilities, equity] = (['ASSET', 'LIABILITY', 'EQUITY'] as const).map((type) => section(totals, type))
  const result = resultOf(totals)
  const [total_assets, total_liabilities, total_equity] = [assets, liabilities, equity].map((one) => one?.total ?? 0n)
  const difference = (total_assets ?? 0n) - (total_liabilities ?? 0n) - (total_equity ?? 0n) - result
  return {
    currency,
    assets: assets?.lines ?? [],
    liabilities: liabilities?.lines ?? [],
    equity: equity?.lines ?? [],
    total_assets: String(total_assets),
    total_liabilities: String(total_liabilities),
    total_equity: String(total_equity),
    result: String(result),
    difference: String(difference),
    is_balanced: difference === 0n,
  }
}

/** The income statement of a currency, of what lies between two sets of totals. */
export function incomeStatement(currency: string, totals: readonly LineTotals[]) {
  const [income, expense] = [section(totals, 'INCOME'), section(totals, 'EXPENSE')]
  return {
    currency,
    income: income.lines,
    expense: expense.lines,
    total_income: String(income.total),
    total_expense: String(expense.total),
    result: String(resultOf(totals)),
  }
}

/** What is left of the later totals without the earlier ones, line by line. */
export function between(earlier: readonly LineTotals[], later: readonly LineTotals[]): LineTotals[] {
  const before = new Map(earlier.map((line) => [`${line.currency} ${line.gl_code}`, line]))
  return later.map((line) => {
    const { debits = 0n, credits = 0n, entries = 0 } = before.get(`${line.currency} ${line.gl_code}`) ?? {}
    return { ...line, debits: line.debits - debits, credits: line.credits - credits, entries: line.entries - entries }
  })
}

/** Income less expense. */
function resultOf(totals: readonly LineTotals[]): bigint {
  const own = totals.filter((line) => line.account_type === 'INCOME' || line.account_type === 'EXPENSE')
  return sum(own.map((line) => line.credits - line.debits))
}

/** Lines of a type in the sense of that type: assets and expenses grow by debits, the others by credits. */
function section(totals: readonly LineTotals[], type: AccountType) {
  const grows = type === 'ASSET' || type === 'EXPENSE' ? ('DEBIT' as const) : ('CREDIT' as const)
  const balances = totals
    .filter((line) => line.account_type === type && (line.debits !== 0n || line.credits !== 0n))
    .map(({ gl_code, debits, credits }) => ({ gl_code, cents: balanceOf({ normal_side: grows, debits, credits }) }))
  return {
    lines: balances.map(({ gl_code, cents }) => ({ gl_code, balance: String(cents) })),
    total: sum(balances.map((line) => line.cents)),
  }
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, cents) => total + cents, 0n)
}
