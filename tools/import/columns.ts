import { COLUMN_ROLES, type ColumnRole, type Layout } from './layout.ts'
import { ImportStopped } from './stopped.ts'

/** Where each mapped column stands in a row. */
export type ColumnPlaces = Partial<Record<ColumnRole, number>>

export interface Columns {
  names: Partial<Record<ColumnRole, string>>
  places: ColumnPlaces
  /** Those that nobody named. */
  guessed: readonly ColumnRole[]
  /** How many columns the header has. */
  width: number
}

/**
 * Names that banks give their columns, by likelihood. A bare "type" is not among the signs: it mostly says how was paid, not which way, and
 * money that goes the wrong way is worse than a question.
 */
const USUAL_NAMES: Readonly<Record<ColumnRole, readonly string[]>> = {
  date: ['value date', 'date', 'transaction date', 'booking date', 'posting date', 'posted date', 'completed date'],
  amount: ['amount', 'transaction amount', 'amount gbp', 'amount eur', 'amount usd', 'value', 'betrag'],
  sign: [
    'debit/credit',
    'credit/debit',
    'dr/cr',
    'cr/dr',
    'drcr',
    'crdr',
    'debit credit',
    'credit debit indicator',
    'direction',
    'sign',
  ],
  paid_out: ['paid out', 'money out', 'debit', 'debit amount', 'withdrawal', 'withdrawals'],
  paid_in: ['paid in', 'money in', 'credit', 'credit amount', 'deposit', 'deposits'],
  description: [
    'description',
    'merchant',
    'narrative',
    'details',
    'transaction description',
    'payee',
    'memo',
    'reference',
    'name',
  ],
  account: ['account', 'account name', 'account number', 'account id', 'iban'],
  category: ['category', 'transaction category', 'spending category'],
  balance: ['balance', 'running balance', 'account balance', 'balance after'],
  currency_column: ['currency', 'currency code', 'ccy'],
}

/** Finds the columns of a layout in a header, guessing those that are not named. ImportStopped when a needed one is missing. */
export function columnsOf(header: readonly string[], layout: Layout): Columns {
  const titles = header.map(plain)
  const names = Object.fromEntries(Object.entries(layout.columns).filter(([, name]) => name !== '')) as Columns['names']
  const guessed: ColumnRole[] = []
  for (const role of COLUMN_ROLES) {
    const name = mayGuess(role, layout, names) ? guess(role, titles) : undefined
    if (name === undefined) continue
    names[role] = header[titles.indexOf(name)] ?? name
    guessed.push(role)
  }
  dropHalfGuesses(names, guessed)
  const places = Object.fromEntries(
    Object.entries(names).map(([role, name]) => [role, placeOf(name, header, titles)]),
  ) as ColumnPlaces
  refuseMissing(names, layout, header)
  return { names, places, guessed, width: header.length }
}

/** A column that was named, if only by an empty name (there is none), is not guessed. */
function mayGuess(role: ColumnRole, layout: Layout, names: Columns['names']): boolean {
  if (layout.columns[role] !== undefined) return false
  if (role === 'paid_out' || role === 'paid_in') return names.amount === undefined
  if (role === 'sign') return names.amount !== undefined
  return role !== 'currency_column' || layout.currency === undefined
}

function guess(role: ColumnRole, titles: readonly string[]): string | undefined {
  return USUAL_NAMES[role].find((name) => titles.includes(name))
}

/** A "debit" column without its "credit" one is not understood, so it is not taken. */
function dropHalfGuesses(names: Columns['names'], guessed: ColumnRole[]): void {
  for (const [half, other] of [
    ['paid_out', 'paid_in'],
    ['paid_in', 'paid_out'],
  ] as const) {
    if (!guessed.includes(half) || names[other] !== undefined) continue
    delete names[half]
    guessed.splice(guessed.indexOf(half), 1)
  }
}

function refuseMissing(names: Columns['names'], layout: Layout, header: readonly string[]): void {
  const has = `the header has: ${header.join(' | ')}`
  if (names.date === undefined) throw new ImportStopped(`which column is the date? Say --date COLUMN (${has})`)
  if (names.amount === undefined && names.paid_out === undefined && names.paid_in === undefined) {
    throw new ImportStopped(`which column is the amount? Say --amount COLUMN, or --paid-out and --paid-in (${has})`)
  }
  if (layout.currency === undefined && names.currency_column === undefined) {
    throw new ImportStopped(`which currency? Say --currency CODE, or --currency-column COLUMN (${has})`)
  }
  if (names.account === undefined && layout.account_default === undefined) {
    throw new ImportStopped(`whose rows are these? Say --account COLUMN or --account-default NAME (${has})`)
  }
}

/** The column by its exact name, else by its name whatever the case and separators. */
function placeOf(name: string, header: readonly string[], titles: readonly string[]): number {
  const exact = header.indexOf(name)
  const place = exact === -1 ? titles.indexOf(plain(name)) : exact
  if (place === -1)
    throw new ImportStopped(`there is no column ${JSON.stringify(name)}; the header has: ${header.join(' | ')}`)
  return place
}

function plain(title: string): string {
  return title
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, ' ')
    .replace(/[:()]+/g, '')
    .trim()
}
