/** What a value has no canonical JSON for; whoever may be handed anything tells it from an error of his own by this. */
export class NotCanonical extends TypeError {}

/**
 * RFC 8785 (JCS) text of a value: what hashes are taken of that others recompute. Keys stand in the order of their UTF-16 units, numerals
 * too, which `canonical` leaves to the engine. Only what every reader reads alike: strings, integers within ±(2^53-1) (a `bigint` too),
 * booleans, null, arrays and plain objects. NotCanonical for anything else: a fraction, `undefined`, a lone surrogate.
 */
export function canonicalJson(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return text(value)
    case 'number':
    case 'bigint':
      return integer(value)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'object':
      return value === null ? 'null' : composite(value)
    default:
      throw new NotCanonical(`${typeof value} has no canonical JSON`)
  }
}

function text(value: string): string {
  if (!value.isWellFormed()) throw new NotCanonical('a text with a lone surrogate has no canonical JSON')
  return JSON.stringify(value)
}

function integer(value: number | bigint): string {
  if (!Number.isSafeInteger(Number(value))) throw new NotCanonical(`${value} is no integer within ±(2^53-1)`)
  return Object.is(value, -0) ? '0' : String(value)
}

function composite(value: object): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  const prototype = Object.getPrototypeOf(value) as unknown
  if (prototype !== Object.prototype && prototype !== null)
    throw new NotCanonical('only plain objects have canonical JSON')
  const members = value as Readonly<Record<string, unknown>>
  // The default order of sort is that of UTF-16 units, which RFC 8785 §3.2.3 asks for.
  const keys = Object.keys(members).sort()
  return `{${keys.map((key) => `${text(key)}:${canonicalJson(members[key])}`).join(',')}}`
}
