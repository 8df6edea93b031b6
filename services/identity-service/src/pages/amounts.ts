import { exponentOf, isCurrency } from '#libs/money/currencies.ts'

/**
 * Minor units as people of a language read them: `1.250,50 €`. Exact for every amount of the bank: no float is made of it. How many digits stand
 * behind the point is what ISO 4217 says, as everywhere in the bank; the locale's own data drop those that are of no use in shops.
 */
export function amountText(cents: bigint, currency: string, language: string): string {
  const exponent = isCurrency(currency) ? exponentOf(currency) : 2
  const format = new Intl.NumberFormat(language, {
    style: 'currency',
    currency,
    minimumFractionDigits: exponent,
    maximumFractionDigits: exponent,
  })
  const digits = (cents < 0n ? -cents : cents).toString().padStart(exponent + 1, '0')
  const decimal = exponent === 0 ? digits : `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`
  // A decimal text is formatted as it stands, whatever its length (ECMA-402).
  return format.format(`${cents < 0n ? '-' : ''}${decimal}` as Intl.StringNumericLiteral)
}

/** A day as people of a language read it: `4 March 2027`. */
export function dayText(moment: Date, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' }).format(moment)
}
