/** How the driver turns a value of a type into text and back. */
interface Conversions {
  parsers: Record<number, ((text: string) => unknown) | undefined>
  serializers: Record<number, ((value: unknown) => unknown) | undefined>
  shared: { typeArrayMap: Record<number, number> }
}

/** PostgreSQL's own types and those of their arrays (pg_type): the same numbers on every server. */
const ARRAYS: readonly (readonly [element: number, array: number])[] = [
  [16, 1000], // boolean
  [17, 1001], // bytea
  [19, 1003], // name
  [20, 1016], // bigint
  [21, 1005], // smallint
  [23, 1007], // int
  [25, 1009], // text
  [26, 1028], // oid
  [114, 199], // json
  [700, 1021], // real
  [701, 1022], // double precision
  [1042, 1014], // char
  [1043, 1015], // varchar
  [1082, 1182], // date
  [1114, 1115], // timestamp
  [1184, 1185], // timestamptz
  [1700, 1231], // numeric
  [2950, 2951], // uuid
  [3802, 3807], // jsonb
]

/**
 * Teaches a pool the arrays of its types. The driver would ask the server on each new connection, and a connection that dies under that
 * question ends the whole process: nobody catches its rejection.
 */
export function knowArrays({ parsers, serializers, shared }: Conversions): void {
  for (const [element, array] of ARRAYS) {
    const parse = parsers[element] ?? ((text: string) => text)
    const serialize = serializers[element] ?? String
    shared.typeArrayMap[element] = array
    parsers[array] = (text) => parsedArray(text, parse)
    // What comes as a text is an array's text already (`textArray`).
    serializers[array] = (value) => (Array.isArray(value) ? arrayText(value, serialize) : value)
  }
}

/** The elements of an array's text (PostgreSQL §8.15.6); arrays inside it are arrays, NULL is null. */
function parsedArray(text: string, parse: (text: string) => unknown): unknown[] {
  let at = text.indexOf('{')
  const element = (): unknown => {
    if (text[at] === '{') return elements()
    if (text[at] === '"') return parse(quoted())
    let end = at
    while (text[end] !== ',' && text[end] !== '}') end += 1
    const plain = text.slice(at, end)
    at = end
    return plain === 'NULL' ? null : parse(plain)
  }
  const quoted = (): string => {
    let value = ''
    for (at += 1; text[at] !== '"'; at++) {
      if (text[at] === '\\') at += 1
      value += text[at]
    }
    at += 1
    return value
  }
  const elements = (): unknown[] => {
    const list: unknown[] = []
    for (at += 1; text[at] !== '}'; ) {
      if (text[at] === ',') at += 1
      else list.push(element())
    }
    at += 1
    return list
  }
  return elements()
}

function arrayText(values: readonly unknown[], serialize: (value: unknown) => unknown): string {
  const texts = values.map((value) => {
    if (Array.isArray(value)) return arrayText(value, serialize)
    if (value === undefined) throw new Error('an array for the database has an undefined element')
    return value === null ? 'null' : `"${String(serialize(value)).replaceAll(/["\\]/g, '\\$&')}"`
  })
  return `{${texts.join(',')}}`
}
