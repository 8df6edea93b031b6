import { isCurrency } from '#libs/money/currencies.ts'
import { formatMinor } from '#libs/money/format.ts'
import type { Statement } from '../store/statements.ts'

const COLUMNS = ['booking_date', 'value_date', 'description', 'reference', 'amount', 'balance', 'currency'] as const

/** A statement's lines as CSV (RFC 4180): a header, a row a line, amounts with a point and no grouping. UTF-8. */
export function statementCsv({ lines, currency }: Statement): Uint8Array {
  const rows = lines.map((line) => [
    line.booking_date,
    line.value_date,
    textCell(line.description),
    textCell(line.reference),
    amountCell(line.signed_cents, currency),
    amountCell(line.balance_cents, currency),
    currency,
  ])
  return Buffer.from([COLUMNS, ...rows].map((row) => `${row.join(',')}\r\n`).join(''), 'utf8')
}

/**
 * Text of people. What a spreadsheet would take for a formula is preceded by an apostrophe (OWASP, CSV injection), also behind blanks; cells
 * that need it are quoted.
 */
function textCell(text: string): string {
  const safe = /^\s*[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

function amountCell(minor: bigint, currency: string): string {
  return isCurrency(currency) ? formatMinor(minor, currency) : minor.toString()
}
