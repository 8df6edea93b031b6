import { isCurrency } from '#libs/money/currencies.ts'
import type { DecimalStyle } from '#libs/money/format.ts'
import { isDateFormat } from './dates.ts'
import { ImportStopped } from './stopped.ts'

/** What a column of the file may mean. */
export const COLUMN_ROLES = [
  'date',
  'amount',
  'sign',
  'paid_out',
  'paid_in',
  'description',
  'account',
  'category',
  'balance',
  'currency_column',
] as const
export type ColumnRole = (typeof COLUMN_ROLES)[number]

/** How a file is to be read: everything that decides what its rows say. Column names are those of the header. */
export interface Layout {
  columns: Partial<Record<ColumnRole, string>>
  currency: string | undefined
  /** The account of rows that name none. */
  account_default: string | undefined
  date_format: string
  decimal: NonNullable<DecimalStyle['decimal']>
  grouping: DecimalStyle['grouping'] | undefined
  /** What a positive amount without a sign column is to the account. */
  positive: 'debit' | 'credit'
  /** Texts of the sign column, lower case. */
  debit_values: readonly string[]
  credit_values: readonly string[]
  encoding: string
  /** Found out from the header unless told. */
  delimiter: string | undefined
}

const DEBIT_VALUES = ['debit', 'dr', 'd', 'dbit', 'out', 'withdrawal', '-']
const CREDIT_VALUES = ['credit', 'cr', 'c', 'crdt', 'in', 'deposit', '+']
const GROUPINGS = [',', '.', ' ', "'", '\u00a0', '\u202f']
const TEXTS = ['currency', 'account_default', 'date_format', 'decimal', 'grouping', 'positive', 'encoding', 'delimiter']
const LISTS = ['debit_values', 'credit_values']

/** What an option or a line of a mapping file may be: a text, or texts where several are meant. */
export type LayoutValue = string | readonly string[]

/** True for a name that a mapping file may use. */
export function isLayoutName(name: string): boolean {
  return [...COLUMN_ROLES, ...TEXTS, ...LISTS].includes(name as ColumnRole)
}

/** A layout from the values of options and mapping file. ImportStopped names what does not fit. */
export function layoutOf(values: Readonly<Record<string, LayoutValue | undefined>>): Layout {
  const text = (name: string): string | undefined => {
    const value = values[name]
    if (value !== undefined && typeof value !== 'string') throw new ImportStopped(`${name} must be one text`)
    return value
  }
  const columns = COLUMN_ROLES.flatMap((role) => {
    const name = text(role)
    return name === undefined ? [] : [[role, name] as const]
  })
  const layout: Layout = {
    columns: Object.fromEntries(columns),
    currency: text('currency'),
    account_default: text('account_default'),
    date_format: text('date_format') ?? 'YYYY-MM-DD',
    decimal: oneOf('decimal', text('decimal') ?? '.', ['.', ',']) as Layout['decimal'],
    grouping: oneOf('grouping', text('grouping') ?? '', ['', ...GROUPINGS]) as DecimalStyle['grouping'],
    positive: oneOf('positive', text('positive') ?? 'credit', ['credit', 'debit']) as Layout['positive'],
    debit_values: listOf(values.debit_values, DEBIT_VALUES),
    credit_values: listOf(values.credit_values, CREDIT_VALUES),
    encoding: text('encoding') ?? 'utf-8',
    delimiter: text('delimiter') === '\\t' ? '\t' : text('delimiter'),
  }
  refuseNonsense(layout)
  return { ...layout, grouping: layout.grouping || undefined }
}

function refuseNonsense(layout: Layout): void {
  const { columns, currency, date_format, grouping, decimal, debit_values, credit_values, encoding } = layout
  if (currency !== undefined && !isCurrency(currency)) {
    throw new ImportStopped(`currency: ${JSON.stringify(currency)} is not an ISO 4217 code like EUR`)
  }
  if (!isDateFormat(date_format)) {
    throw new ImportStopped(`date_format: ${JSON.stringify(date_format)} needs a year, a month and a day: DD/MM/YYYY`)
  }
  if (grouping === decimal) throw new ImportStopped('grouping and decimal are the same character')
  const both = debit_values.find((value) => credit_values.includes(value))
  if (both !== undefined) throw new ImportStopped(`${JSON.stringify(both)} is a debit value and a credit value`)
  if (columns.amount !== undefined && (columns.paid_out ?? columns.paid_in) !== undefined) {
    throw new ImportStopped('name either the amount column or the paid-out and paid-in columns')
  }
  if (!isEncoding(encoding)) throw new ImportStopped(`encoding: ${JSON.stringify(encoding)} is not known`)
}

function isEncoding(label: string): boolean {
  try {
    return new TextDecoder(label) !== undefined
  } catch {
    return false
  }
}

function oneOf(name: string, value: string, allowed: readonly string[]): string {
  if (allowed.includes(value)) return value
  const shown = allowed.filter((one) => one !== '').map((one) => JSON.stringify(one))
  throw new ImportStopped(`${name}: ${JSON.stringify(value)} is none of ${shown.join(', ')}`)
}

function listOf(value: LayoutValue | undefined, fallback: readonly string[]): readonly string[] {
  if (value === undefined) return fallback
  const words = typeof value === 'string' ? value.split(',') : value
  return words.map((word) => word.trim().toLowerCase())
}
