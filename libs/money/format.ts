import { type Currency, exponentOf } from './currencies.ts'
import { MAX_MINOR } from './money.ts'

/** How a file writes its decimals. `grouping` is the thousands separator (none unless told), `decimal` is `.` unless told. */
export type DecimalStyle = {
  readonly grouping?: ',' | '.' | ' ' | "'" | '\u00a0' | '\u202f'
  readonly decimal?: '.' | ','
}

/** A text that is not an exact amount of the currency; `message` says why and is safe to show. */
export class NotAnAmount extends Error {
  override readonly name = 'NotAnAmount'
}

// Nineteen digits with sign, separators and decimals fit twice over; longer text is refused before it is looked at.
const LONGEST_TEXT = 48

/** Minor units as a plain decimal: `formatMinor(-5n, 'EUR')` is `'-0.05'`, `formatMinor(100n, 'JPY')` is `'100'`. */
export function formatMinor(minor: bigint, currency: Currency): string {
  const exponent = exponentOf(currency)
  const digits = (minor < 0n ? -minor : minor).toString().padStart(exponent + 1, '0')
  const whole = digits.slice(0, digits.length - exponent)
  const sign = minor < 0n ? '-' : ''
  return exponent === 0 ? `${sign}${whole}` : `${sign}${whole}.${digits.slice(-exponent)}`
}

/**
 * A decimal text as minor units, exactly: a leading sign, whole digits (grouped in threes when `grouping` is given) and
 * at most as many decimals as the currency has. `'.50'` is read, `'1.'`, `'1e3'` and an empty text are not; outer
 * blanks are ignored. Throws NotAnAmount, also beyond ±MAX_MINOR: nothing is ever rounded.
 */
export function parseDecimal(text: string, currency: Currency, style: DecimalStyle = {}): bigint {
  const { grouping, decimal = '.' } = style
  if (grouping === decimal) throw new RangeError('grouping and decimal separator are the same')
  const exponent = exponentOf(currency)
  const trimmed = text.trim()
  if (trimmed.length > LONGEST_TEXT) throw new NotAnAmount(`an amount has at most ${LONGEST_TEXT} characters`)

  const is_signed = trimmed.startsWith('-') || trimmed.startsWith('+')
  const [wholeText = '', decimals, ...more] = (is_signed ? trimmed.slice(1) : trimmed).split(decimal)
  const whole = ungrouped(wholeText, grouping)
  const is_decimal = decimals === undefined ? whole !== '' : /^\d+$/.test(decimals)
  if (whole === undefined || !is_decimal || more.length > 0) {
    throw new NotAnAmount(`${JSON.stringify(trimmed)} is not a decimal amount`)
  }
  if (decimals !== undefined && decimals.length > exponent) {
    throw new NotAnAmount(`${JSON.stringify(trimmed)} has more decimals than ${currency} (${exponent})`)
  }
  const size = BigInt(whole + (decimals ?? '').padEnd(exponent, '0'))
  if (size > MAX_MINOR)
    throw new NotAnAmount(`${JSON.stringify(trimmed)} is beyond ±${formatMinor(MAX_MINOR, currency)}`)
  return trimmed.startsWith('-') ? -size : size
}

/** The whole digits without separators, '' for none, undefined when they are not digits or not grouped in threes. */
function ungrouped(text: string, grouping: string | undefined): string | undefined {
  if (text === '' || /^\d+$/.test(text)) return text
  if (grouping === undefined) return undefined
  const groups = text.split(grouping)
  const is_grouped = groups.every((group, index) => (index === 0 ? /^\d{1,3}$/ : /^\d{3}$/).test(group))
  return is_grouped ? groups.join('') : undefined
}
