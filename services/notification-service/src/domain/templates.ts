import { type Currency, isCurrency } from '#libs/money/currencies.ts'
import { formatMinor } from '#libs/money/format.ts'
import { invariant } from '#libs/problem/problem.ts'

export type Category = 'TRANSACTIONS' | 'ACCOUNT' | 'SECURITY' | 'SERVICE'
export type Language = 'en' | 'de' | 'pt'

/** What a name in a text may stand for; amounts, dates and moments are written the way the reader's language does. */
export type Value = string | { minor: bigint; currency: string } | { date: string } | { moment: Date }

export interface Text {
  title: string
  body: string
}

const NAME = /\{\{([a-z0-9_]{1,40})\}\}/g

/** The names that a text uses, and those that are no template's (`{{` without a proper name counts as one). */
export function namesIn({ title, body }: Text): string[] {
  const text = `${title}\n${body}`
  const names = [...text.matchAll(NAME)].map(([, name]) => name as string)
  const rest = text.replaceAll(NAME, '')
  return [...new Set([...names, ...(rest.match(/\{\{[^}]{0,40}\}?\}?/g) ?? [])])]
}

/** A text with its values; a name without a value is a bug of whoever sends. Values are text, never templates themselves. */
export function render({ title, body }: Text, values: Readonly<Record<string, Value>>, language: Language): Text {
  const filled = (text: string): string =>
    text.replaceAll(NAME, (_, name: string) => {
      const value = values[name]
      invariant(value !== undefined, `nothing stands for ${name}`)
      return written(value, language)
    })
  return { title: filled(title), body: filled(body) }
}

const SEPARATORS = { en: [',', '.'], de: ['.', ','], pt: ['.', ','] } as const

/** A value in the words of a language: `1,234.50 EUR` or `1.234,50 EUR`; `2026-11-21` or `21.11.2026`. Moments are UTC. */
export function written(value: Value, language: Language): string {
  if (typeof value === 'string') return value
  if ('date' in value) return writtenDate(value.date, language)
  if ('moment' in value) {
    const iso = value.moment.toISOString()
    return `${writtenDate(iso.slice(0, 10), language)} ${iso.slice(11, 16)} UTC`
  }
  const [grouping, decimal] = SEPARATORS[language]
  const plain = isCurrency(value.currency)
    ? formatMinor(value.minor, value.currency as Currency)
    : value.minor.toString()
  const [whole = '', decimals] = plain.split('.')
  const grouped = whole.replaceAll(/\B(?=(\d{3})+$)/g, grouping)
  return `${grouped}${decimals === undefined ? '' : decimal + decimals} ${value.currency}`
}

function writtenDate(date: string, language: Language): string {
  if (language === 'en') return date
  const [year, month, day] = date.split('-')
  return language === 'de' ? `${day}.${month}.${year}` : `${day}/${month}/${year}`
}
