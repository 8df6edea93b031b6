/**
 * The one JSON codec of the bank: HTTP bodies, events, audit rows, stored answers, jobs and logs all pass through it.
 * Money is `bigint` in code and a plain JSON integer on the wire, exact at any size.
 */

declare global {
  interface BigInt {
    toJSON(): unknown
  }
  // ECMAScript 2026 (JSON.parse source text access); not yet in the compiler's library.
  interface JSON {
    rawJSON(text: string): unknown
  }
}

// A prototype method, because a replacer function makes JSON.stringify four times slower and one caller that forgot it would throw.
Object.defineProperty(BigInt.prototype, 'toJSON', {
  configurable: true,
  writable: true,
  value: function toJSON(this: bigint): unknown {
    return JSON.rawJSON(this.toString())
  },
})

/**
 * A number with 16 digits, a point or an exponent, by what can stand before a number. A time (`"10:20:30.5"`) has a digit before its colon; other
 * text that looks so only costs the slower parse.
 */
const maybeInexact = /(?:(?<!\d):|[[,]|^)\s*-?(?:\d{16}|\d+[.eE])/
const plainInteger = /^-?\d+$/

/** JSON text of a value; a `bigint` becomes an integer literal. Undefined (not JSON) is refused with a TypeError. */
export function encode(value: unknown): string {
  const text = JSON.stringify(value)
  if (text === undefined) throw new TypeError('undefined has no JSON form')
  return text
}

/**
 * The value of JSON text; an integer beyond ±(2^53-1) comes back as `bigint`, never rounded. A number written with a point or an exponent
 * whose value is whole (`1.0`, `1e3`, `0.99999999999999999999`) comes back as NaN, which no schema takes: what was written is no integer,
 * and what it was rounded to was never written. Fractions (`1.5`) stay. Throws SyntaxError.
 */
export function decode(text: string): unknown {
  return maybeInexact.test(text) ? JSON.parse(text, keepExact) : JSON.parse(text)
}

function keepExact(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || context?.source === undefined) return value
  if (plainInteger.test(context.source)) return Number.isSafeInteger(value) ? value : BigInt(context.source)
  return Number.isInteger(value) ? Number.NaN : value
}

/** The same text for equal values whatever the order of their keys: what fingerprints are taken of. Undefined (not JSON) is refused with a TypeError. */
export function canonical(value: unknown): string {
  const text = canonicalText(value)
  if (text === undefined) throw new TypeError('undefined has no JSON form')
  return text
}

// Written straight into text: sorting the members into objects of their own first costs three times as much.
function canonicalText(value: unknown): string | undefined {
  if (typeof value === 'bigint') return value.toString()
  if (value === null || typeof value !== 'object' || value instanceof Date) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map((member) => canonicalText(member) ?? 'null').join(',')}]`
  const members = value as Record<string, unknown>
  let text = ''
  for (const key of Object.keys(members).sort()) {
    const member = canonicalText(members[key])
    if (member !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${member}`
  }
  return `{${text}}`
}
