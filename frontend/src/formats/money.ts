/**
 * Currencies whose minor unit is no hundredth (ISO 4217), by the digits behind their point. Not the browser's own knowledge, which drops digits that
 * are of no use in shops (forints, rupiahs): what is typed and shown would be a hundred times what moves.
 */
const EXPONENTS: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF'.split(' ').map((code) => [code, 0]),
  ),
  ...Object.fromEntries('BHD IQD JOD KWD LYD OMR TND'.split(' ').map((code) => [code, 3])),
}

/** Digits behind the point of a currency, as the bank counts them. */
export function exponentOf(currency: string): number {
  return EXPONENTS[currency] ?? 2
}

/** Minor units as people of a locale read them: `1.250,50 €`. Exact for every amount of the bank: no float is made of it. */
export function formatMoney(cents: number, currency: string, locale?: string): string {
  const exponent = exponentOf(currency)
  const sign = cents < 0 ? '-' : ''
  const digits = BigInt(Math.abs(cents))
    .toString()
    .padStart(exponent + 1, '0')
  const decimal = exponent === 0 ? digits : `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`
  // A decimal text is formatted as it stands, whatever its length (ECMA-402).
  const text = `${sign}${decimal}` as Intl.StringNumericLiteral
  const digitsBehind = { minimumFractionDigits: exponent, maximumFractionDigits: exponent }
  return new Intl.NumberFormat(locale, { style: 'currency', currency, ...digitsBehind }).format(text)
}

/**
 * Minor units of what somebody typed, or undefined where it is no amount of the currency. Takes both separators (`1.250,50`, `1,250.50`,
 * `1250,5`): the last one is the decimal point, unless exactly three digits follow it and the currency has fewer.
 */
export function parseMoney(typed: string, currency: string): number | undefined {
  const text = typed.replaceAll(/[\s']/g, '')
  if (!/^\d[\d.,]*$/.test(text)) return undefined
  const exponent = exponentOf(currency)
  const last = Math.max(text.lastIndexOf('.'), text.lastIndexOf(','))
  const behind = last < 0 ? '' : text.slice(last + 1)
  const isGrouping = behind.length === 3 && exponent < 3
  const [whole, fraction] = last < 0 || isGrouping ? [text, ''] : [text.slice(0, last), behind]
  if (fraction.length > exponent || !isGrouped(whole)) return undefined
  // A point cannot be both the decimal point and what groups the thousands.
  if (!isGrouping && last >= 0 && whole.includes(text.charAt(last))) return undefined
  const minor = Number(`${whole.replaceAll(/[.,]/g, '')}${fraction.padEnd(exponent, '0')}`)
  return Number.isSafeInteger(minor) && minor > 0 ? minor : undefined
}

/** True for digits that are in one piece, or in threes by one kind of separator. */
function isGrouped(whole: string): boolean {
  return /^\d+$/.test(whole) || /^\d{1,3}(\.\d{3})+$/.test(whole) || /^\d{1,3}(,\d{3})+$/.test(whole)
}
