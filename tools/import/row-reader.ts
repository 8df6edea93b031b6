import { type Currency, isCurrency } from '#libs/money/currencies.ts'
import { NotAnAmount, parseDecimal } from '#libs/money/format.ts'
import type { Columns } from './columns.ts'
import type { CsvRow } from './csv-file.ts'
import { dateReader } from './dates.ts'
import type { ColumnRole, Layout } from './layout.ts'

/** A row that can be booked. */
export interface BankRow {
  line: number
  /** The account's label: the text of its column, or the default. */
  account: string
  currency: Currency
  /** `YYYY-MM-DD`. */
  value_date: string
  /** Minor units; what raises the account is positive. Never zero. */
  minor: bigint
  description: string
  category: string | undefined
  /** The file's own balance after this row, minor units; undefined where the cell is empty or no amount. */
  balance: bigint | undefined
}

/** A row that cannot be booked. What could be read of it still counts for the file's own balance. */
export interface RefusedRow {
  line: number
  reason: string
  account: string | undefined
  currency: Currency | undefined
}

export type ReadRow = { row: BankRow; refused?: undefined } | { refused: RefusedRow; row?: undefined }

const MAX_DESCRIPTION = 280
const MAX_CATEGORY = 140
const MAX_LABEL = 200

/** What is wrong with a row, in words for the person who has the file. */
class Unreadable extends Error {}

/** Reads rows of one layout. Nothing is rounded, guessed or repaired: what is not plain is refused with its reason. */
export function rowReader(layout: Layout, columns: Columns): (row: CsvRow) => ReadRow {
  const readDate = dateReader(layout.date_format)
  const cellOf = (fields: readonly string[], role: ColumnRole): string => {
    const place = columns.places[role]
    return place === undefined ? '' : (fields[place] ?? '')
  }
  return ({ line, fields }) => {
    const cell = (role: ColumnRole): string => cellOf(fields, role)
    const isWhole = fields.length === columns.width
    const account = isWhole ? cleanText(cell('account'), MAX_LABEL) || layout.account_default : undefined
    const currencyText = cell('currency_column').trim() || layout.currency || ''
    const currency = isWhole && isCurrency(currencyText) ? currencyText : undefined
    try {
      if (!isWhole) throw new Unreadable(`it has ${fields.length} columns and the header has ${columns.width}`)
      if (account === undefined) throw new Unreadable('it names no account and there is no --account-default')
      if (currency === undefined) throw new Unreadable(`${quoted(currencyText)} is not a currency of ISO 4217`)
      const value_date = readDate(cell('date'))
      if (value_date === undefined) throw new Unreadable(`${quoted(cell('date'))} is not a date ${layout.date_format}`)
      const minor = signedAmount(cell, layout, columns, currency)
      if (minor === 0n) throw new Unreadable('its amount is zero')
      const description = cleanText(cell('description'), MAX_DESCRIPTION)
      const category = cleanText(cell('category'), MAX_CATEGORY) || undefined
      const balance = balanceOf(cell('balance'), layout, currency)
      return { row: { line, account, currency, value_date, minor, description, category, balance } }
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error
      return { refused: { line, reason: error.message, account, currency } }
    }
  }
}

function signedAmount(
  cell: (role: ColumnRole) => string,
  layout: Layout,
  columns: Columns,
  currency: Currency,
): bigint {
  const { places } = columns
  if (places.amount === undefined) {
    const out = cell('paid_out').trim() === '' ? 0n : amountOf(cell('paid_out'), layout, currency)
    const into = cell('paid_in').trim() === '' ? 0n : amountOf(cell('paid_in'), layout, currency)
    if (out !== 0n && into !== 0n) throw new Unreadable('it is paid out and paid in at once')
    // Some banks write money out as a negative number in its own column.
    return into - (out < 0n ? -out : out)
  }
  const amount = amountOf(cell('amount'), layout, currency)
  if (places.sign === undefined) return layout.positive === 'credit' ? amount : -amount
  if (amount < 0n) {
    throw new Unreadable(
      'its amount is negative beside a sign; when the amount has the sign, leave the sign column out',
    )
  }
  const sign = cell('sign').trim().toLowerCase()
  if (layout.credit_values.includes(sign)) return amount
  if (layout.debit_values.includes(sign)) return -amount
  throw new Unreadable(`${quoted(cell('sign'))} is neither a debit value nor a credit value`)
}

function amountOf(text: string, { decimal, grouping }: Layout, currency: Currency): bigint {
  try {
    return parseDecimal(text, currency, grouping === undefined ? { decimal } : { decimal, grouping })
  } catch (error) {
    if (error instanceof NotAnAmount) throw new Unreadable(error.message)
    throw error
  }
}

/** The file's balance is only compared, so a cell that is no amount does not keep its row out. */
function balanceOf(text: string, layout: Layout, currency: Currency): bigint | undefined {
  if (text.trim() === '') return undefined
  try {
    return amountOf(text, layout, currency)
  } catch {
    return undefined
  }
}

/** Text as the bank takes it: no control characters, no broken surrogates, single blanks, at most `max` UTF-16 units. */
export function cleanText(text: string, max: number): string {
  const single = text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim()
  if (single.length <= max) return single
  const cut = single.slice(0, max)
  // Half a character at the cut would be none.
  return cut.isWellFormed() ? cut : cut.slice(0, -1)
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
}
