import { type Static, type TSchema, type TUnsafe, Type } from 'typebox'
import { Compile, type Validator } from 'typebox/compile'
import type { ProblemPointer } from '#libs/problem/problem.ts'

/** The largest amount and balance in minor units: what every JSON reader holds exactly (2^53-1). */
export const MAX_CENTS = 9_007_199_254_740_991

function cents(minimum: number): TUnsafe<bigint> {
  return Type.Unsafe<bigint>({ type: 'integer', format: 'int64', minimum, maximum: MAX_CENTS, 'x-cents': true })
}

/** Minor units of a currency (cents, yen, fils): an integer on the wire, `bigint` in code. */
export const Cents: TUnsafe<bigint> = cents(-MAX_CENTS)
/** Minor units, more than zero: what may be moved. */
export const PositiveCents: TUnsafe<bigint> = cents(1)
/** Minor units, zero or more: limits and floors. */
export const NonNegativeCents: TUnsafe<bigint> = cents(0)
/** Minor units, or null where there is no such amount. */
export const NullableCents: TUnsafe<bigint | null> = Type.Unsafe<bigint | null>({
  type: ['integer', 'null'],
  format: 'int64',
  minimum: -MAX_CENTS,
  maximum: MAX_CENTS,
  'x-cents': true,
})
/** A UUID in its 36-character form. */
export const Id: TUnsafe<string> = Type.Unsafe<string>({ type: 'string', format: 'uuid' })
export const NullableId: TUnsafe<string | null> = Type.Unsafe<string | null>({
  type: ['string', 'null'],
  format: 'uuid',
})
/** A calendar date, `YYYY-MM-DD`. There was no year 0, and PostgreSQL knows none. */
export const IsoDate: TUnsafe<string> = Type.Unsafe<string>({ type: 'string', format: 'date', pattern: '^(?!0000)' })
/**
 * A moment, RFC 3339. No leap second, which no clock of ours tells; none in the year 0, or beyond the last year of four digits when its offset is
 * counted: on the first and the last day there are, only UTC is understood.
 */
export const Timestamp: TUnsafe<string> = Type.Unsafe<string>({
  type: 'string',
  format: 'date-time',
  pattern: '^(?!0000|(0001-01-01|9999-12-31).*[+-]\\d\\d:\\d\\d$)[^:]*:\\d\\d:[0-5]',
})
export const NullableTimestamp: TUnsafe<string | null> = Type.Unsafe<string | null>({
  type: ['string', 'null'],
  format: 'date-time',
})
/** An ISO 4217 alphabetic code; whether the bank knows it is decided by the operation. */
export const CurrencyCode: TUnsafe<string> = Type.Unsafe<string>({
  type: 'string',
  pattern: '^[A-Z]{3}$',
  examples: ['EUR'],
})

/** Text of people: bounded, without control characters (so that it can be logged, printed and stored anywhere). */
export function PlainText(maxLength: number, minLength = 1): TUnsafe<string> {
  const pattern = '^[^\\u0000-\\u001f\\u007f]*$'
  return Type.Unsafe<string>({ type: 'string', minLength, maxLength, pattern })
}

export function NullableText(maxLength: number): TUnsafe<string | null> {
  return Type.Unsafe<string | null>({ type: ['string', 'null'], maxLength })
}

/** One of a closed list of words. */
export function OneOf<const Word extends string>(words: readonly Word[]): TUnsafe<Word> {
  return Type.Unsafe<Word>({ type: 'string', enum: [...words] })
}

/** A page of a list: items and the cursor of the next page, null at the end. */
export function PageOf<Item extends TSchema>(item: Item) {
  return Type.Object({ items: Type.Array(item), next_cursor: NullableText(500) })
}

/** The query fields of a cursor page; spread them into a query schema. */
export const pageQuery = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 500 })),
} as const

interface Node {
  type?: string | string[]
  format?: string
  properties?: Record<string, Node>
  items?: Node
  anyOf?: Node[]
  additionalProperties?: unknown
  patternProperties?: Record<string, Node>
  'x-cents'?: boolean
}

/** Refuses fields that an object schema does not name, at every depth. What comes from outside is closed; replies and events are not. */
export function closed<Schema extends TSchema>(schema: Schema): Schema {
  closeNode(schema as Node)
  return schema
}

function closeNode(node: Node): void {
  if (node.properties !== undefined) {
    node.additionalProperties ??= false
    for (const member of Object.values(node.properties)) closeNode(member)
  }
  if (node.items !== undefined) closeNode(node.items)
  for (const option of node.anyOf ?? []) closeNode(option)
}

/** Checks one value, on the wire (money is an integer) or inside the bank (money is `bigint`), and turns the first into the second. */
export interface Shape<Value> {
  readonly schema: TSchema
  /** What is wrong with a value of ours, money as bigint; empty when it fits. */
  errorsInside(value: unknown): ProblemPointer[]
  /** What is wrong, as JSON pointers; empty when the value fits. At most 20. */
  errors(value: unknown): ProblemPointer[]
  fits(value: unknown): boolean
  /** The same value with every `Cents` as bigint: call it on values that fit. */
  revive(value: unknown): Value
}

/**
 * Compiles a schema once; operations, events and stored answers are all checked by this. Of an `input`, which comes from outside, `revive` also
 * writes ids the one way that ours are written: an id in capitals is the same row to the database, and must not be another text to a rule
 * that compares.
 */
export function shapeOf<Schema extends TSchema>(
  schema: Schema,
  origin: 'input' | 'own' = 'own',
): Shape<Static<Schema>> {
  let validator: Validator | undefined
  let convert: ((value: never) => unknown) | null | undefined
  let inside: Validator | undefined
  const compiled = (): Validator => {
    validator ??= Compile(schema) as unknown as Validator
    return validator
  }
  return {
    schema,
    errorsInside: (value) => {
      inside ??= Compile(withBigints(schema as Node) as TSchema) as unknown as Validator
      return inside.Check(value) ? [] : pointersOf(inside.Errors(value))
    },
    fits: (value) => compiled().Check(value) && malformedText(value).length === 0,
    errors: (value) => (compiled().Check(value) ? malformedText(value) : pointersOf(compiled().Errors(value))),
    revive: (value) => {
      convert ??= reviver(schema as Node, origin === 'input')
      return (convert === null ? value : convert(value as never)) as Static<Schema>
    },
  }
}

/** The same schema for values inside the bank, where money is `bigint`. */
function withBigints(node: Node): Node {
  if (node['x-cents'] === true) {
    const { minimum, maximum } = node as { minimum: number; maximum: number }
    const amount = Type.BigInt({ minimum: BigInt(minimum), maximum: BigInt(maximum) })
    return (Array.isArray(node.type) ? Type.Union([amount, Type.Null()]) : amount) as unknown as Node
  }
  const copy: Node = { ...node }
  if (node.properties !== undefined) {
    copy.properties = Object.fromEntries(
      Object.entries(node.properties).map(([name, member]) => [name, withBigints(member)]),
    )
  }
  if (node.items !== undefined) copy.items = withBigints(node.items)
  if (node.anyOf !== undefined) copy.anyOf = node.anyOf.map(withBigints)
  return copy
}

/**
 * Where text stands that no column and no UTF-8 stream can hold: half of a surrogate pair, or NUL. Looked for in values that fit their
 * schema otherwise, and in the names of their fields too, which are free in open maps. Empty, and without a new string, in the usual case.
 */
function malformedText(value: unknown): ProblemPointer[] {
  if (isWellFormed(value)) return []
  if (typeof value === 'string') return [{ pointer: '', detail: 'must be well-formed text' }]
  return Object.entries(value as object)
    .flatMap(([name, member]) => {
      const inner = isWellFormed(name) ? malformedText(member) : malformedText(name)
      return inner.map(({ pointer, detail }) => ({
        pointer: `/${escapePointer(name.toWellFormed().replaceAll('\u0000', '\ufffd'))}${pointer}`,
        detail,
      }))
    })
    .slice(0, 20)
}

function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed() && !value.includes('\u0000')
  if (value === null || typeof value !== 'object') return true
  if (Array.isArray(value)) return value.every(isWellFormed)
  for (const name in value)
    if (!isWellFormed(name) || !isWellFormed((value as Record<string, unknown>)[name])) return false
  return true
}

interface SchemaError {
  keyword: string
  instancePath: string
  message: string
  params: Record<string, unknown>
}

function pointersOf(found: unknown): ProblemPointer[] {
  const pointers: ProblemPointer[] = []
  const add = (pointer: string, detail: string): void => {
    if (!pointers.some((other) => other.pointer === pointer && other.detail === detail))
      pointers.push({ pointer, detail })
  }
  for (const error of inOneVoice([...(found as Iterable<SchemaError>)])) {
    if (pointers.length >= 20) break
    if (error.keyword === 'required') {
      for (const name of (error.params.requiredProperties ?? []) as string[])
        add(`${error.instancePath}/${name}`, 'is required')
    } else if (error.keyword === 'additionalProperties') {
      for (const name of (error.params.additionalProperties ?? []) as string[])
        add(`${error.instancePath}/${escapePointer(name)}`, 'is not a known field')
    } else if (error.keyword !== 'boolean') {
      add(error.instancePath, error.message)
    }
  }
  return pointers
}

/**
 * One error where several say the same of one value: what each way of a union asks for, and a pattern beside the format that it narrows. Fields
 * that are missing or unknown are told one by one, each once, because they are values of their own.
 */
function inOneVoice(errors: readonly SchemaError[]): SchemaError[] {
  return errors.flatMap((error) => {
    const ofValue = errors.filter((other) => other.instancePath === error.instancePath)
    const union = ofValue.find((other) => other.keyword === 'anyOf')
    if (union === undefined)
      return error.keyword === 'pattern' && ofValue.some((other) => other.keyword === 'format') ? [] : [error]
    const ways = ofValue.filter((other) => other !== union)
    if (ways.length === 0 || isOfFields(error)) return [error]
    const whole = ways.filter((way) => !isOfFields(way))
    if (error !== whole[0]) return []
    return [{ ...error, message: [...new Set(whole.map((way) => way.message))].join(' or ') }]
  })
}

/** Says which fields of an object are wrong, and nothing of the object itself. */
function isOfFields({ keyword }: SchemaError): boolean {
  return keyword === 'required' || keyword === 'additionalProperties'
}

function escapePointer(name: string): string {
  return name.slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1')
}

/**
 * A function that turns the numbers of `x-cents` nodes into bigint, and of inputs the letters of ids into small ones; null when the schema has
 * neither (the usual case costs nothing).
 */
function reviver(node: Node, isInput: boolean): ((value: unknown) => unknown) | null {
  if (node['x-cents'] === true) return (value) => (typeof value === 'number' ? BigInt(value) : value)
  if (isInput && node.format === 'uuid') return smallLetters
  if (node.properties !== undefined) return objectReviver(node.properties, isInput)
  if (node.items !== undefined) {
    const inner = reviver(node.items, isInput)
    return inner && ((value) => (Array.isArray(value) ? value.map(inner) : value))
  }
  const options = (node.anyOf ?? []).map((option) => reviver(option, isInput)).filter((option) => option !== null)
  return options.length === 0 ? null : (value) => options.reduce((revived, option) => option(revived), value)
}

const UUID = /^[\dA-Fa-f]{8}(-[\dA-Fa-f]{4}){3}-[\dA-Fa-f]{12}$/

/** An id as ours are written. Where a union lets other words stand in its place, those stay. */
function smallLetters(value: unknown): unknown {
  return typeof value === 'string' && UUID.test(value) ? value.toLowerCase() : value
}

function objectReviver(properties: Record<string, Node>, isInput: boolean): ((value: unknown) => unknown) | null {
  const members = Object.entries(properties).flatMap(([name, member]) => {
    const revive = reviver(member, isInput)
    return revive ? [[name, revive] as const] : []
  })
  if (members.length === 0) return null
  return (value) => {
    if (value === null || typeof value !== 'object') return value
    const record = value as Record<string, unknown>
    for (const [name, revive] of members) if (record[name] !== undefined) record[name] = revive(record[name])
    return record
  }
}

/** A function that copies only the fields a reply schema names, at every depth: what a row holds beyond the contract never leaves. */
export function projection(schema: TSchema): (value: unknown) => unknown {
  return project(schema as Node) ?? ((value) => value)
}

function project(node: Node): ((value: unknown) => unknown) | null {
  if (node.items !== undefined) {
    const inner = project(node.items)
    return inner && ((value) => (Array.isArray(value) ? value.map(inner) : value))
  }
  if (node.properties === undefined || node.patternProperties !== undefined || node.anyOf !== undefined) return null
  const members = Object.entries(node.properties).map(([name, member]) => [name, project(member)] as const)
  return (value) => {
    if (value === null || typeof value !== 'object') return value
    const copy: Record<string, unknown> = {}
    for (const [name, inner] of members) {
      const member = (value as Record<string, unknown>)[name]
      if (member !== undefined) copy[name] = inner ? inner(member) : member
    }
    return copy
  }
}
