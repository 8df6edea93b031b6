import type { Operation } from '#libs/contract/operation.ts'
import { shapeOf } from '#libs/contract/schema.ts'
import type { Route } from '#libs/http/openapi.ts'
import { type Api, aKey, type Reply } from './api.ts'

/** Values by the name of a field: ids of real objects, and what must be right for a request to get past its first check. */
export type Known = Readonly<Record<string, unknown>>

/** A request that its rightful caller could have sent. */
export interface GeneratedRequest {
  operation: Operation
  method: string
  /** With the query. */
  path: string
  body: Record<string, unknown> | undefined
}

interface Node {
  type?: string | string[]
  properties?: Record<string, Node>
  required?: string[]
  items?: Node
  anyOf?: Node[]
  enum?: unknown[]
  const?: unknown
  format?: string
  pattern?: string
  minimum?: number
  minLength?: number
}

/** Texts of which the first that fits a pattern is sent; a pattern that none fits needs one more. */
const TEXTS = ['EUR', 'PT', '12345678', '123456', '+351912345678', 'BANK_ERROR', 'a-plain-word', 'A1B2C3D4', '12:34:56']

/** A valid request of a route: what is known by name, what is required, and in a body without required fields all of it; or a special body. */
export function requestOf(
  { operation, path }: Route,
  known: Known,
  special?: Record<string, unknown>,
): GeneratedRequest {
  const params = objectOf(operation.params as Node, known, []) as Record<string, string>
  const query = objectOf(operation.query as Node, known, namesKnown(operation.query as Node, known))
  const body = operation.method === 'GET' ? undefined : (special ?? bodyOf(operation.body as Node, known))
  const filled = path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(params[name])))
  const search = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)])).toString()
  return { operation, method: operation.method, path: search === '' ? filled : `${filled}?${search}`, body }
}

function bodyOf(schema: Node, known: Known): Record<string, unknown> | undefined {
  const names = Object.keys(schema.properties ?? {})
  if (names.length === 0) return undefined
  // A version that was not read is a refusal of its own.
  const all = names.filter((name) => name !== 'version')
  return objectOf(schema, known, (schema.required ?? []).length === 0 ? all : namesKnown(schema, known))
}

function namesKnown(schema: Node, known: Known): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, member]) =>
    isKnown(name, member, known) ? [name] : [],
  )
}

function isKnown(name: string, schema: Node, known: Known): boolean {
  return name in known && shapeOf(schema as never).fits(known[name])
}

function objectOf(schema: Node, known: Known, optional: readonly string[]): Record<string, unknown> {
  const names = new Set([...(schema.required ?? []), ...optional])
  return Object.fromEntries([...names].map((name) => [name, sampleOf(name, schema.properties?.[name] as Node, known)]))
}

function sampleOf(name: string, schema: Node, known: Known): unknown {
  if (isKnown(name, schema, known)) return known[name]
  if (schema.const !== undefined) return schema.const
  if (schema.enum !== undefined) return schema.enum[0]
  if (schema.anyOf !== undefined) {
    // A word that anybody may say, where an id could stand as well.
    const option = schema.anyOf.find(({ format }) => format === undefined) ?? schema.anyOf[0]
    return sampleOf(name, option as Node, known)
  }
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case 'object':
      return objectOf(schema, known, [])
    case 'array':
      return [sampleOf(name, schema.items as Node, known)]
    case 'boolean':
      return true
    case 'integer':
      return Math.max(1, schema.minimum ?? 1)
    default:
      return textOf(name, schema)
  }
}

function textOf(name: string, schema: Node): string {
  if (schema.format !== undefined) throw new Error(`no ${schema.format} is known for a field named ${name}`)
  const shape = shapeOf(schema as never)
  const found = [...TEXTS, 'word '.repeat(20).slice(0, schema.minLength ?? 4)].find((text) => shape.fits(text))
  if (found === undefined) throw new Error(`no text is known for ${name}: ${JSON.stringify(schema)}`)
  return found
}

/** How long a stream is listened to: what it replays comes at once. */
const LISTEN_MS = 150

/** Sends a generated request with a key of its own, with a token or other credentials; of a stream the first moments. */
export async function sendGenerated(
  api: Api,
  { operation, method, path, body }: GeneratedRequest,
  credentials?: string | Readonly<Record<string, string>>,
): Promise<Reply> {
  const shown = typeof credentials === 'string' ? { authorization: `Bearer ${credentials}` } : credentials
  // What a page of the bank's own sends with everything.
  const own = operation.path.startsWith('/auth/web/') ? { origin: api.url, 'x-bankflow': '1' } : {}
  const sent = { headers: { ...own, ...shown }, ...(operation.idempotency === 'none' ? {} : { key: aKey() }) }
  return operation.stream ? listen(api, path, { ...shown }) : api.send(method, path, body, sent)
}

async function listen(api: Api, path: string, headers: Record<string, string>): Promise<Reply> {
  const leaving = new AbortController()
  const response = await fetch(`${api.url}/api/v1${path}`, { headers, signal: leaving.signal })
  const isOpen = response.status === 200
  if (isOpen) setTimeout(() => leaving.abort(), LISTEN_MS)
  let heard = ''
  try {
    for await (const chunk of response.body as ReadableStream<Uint8Array>) heard += Buffer.from(chunk).toString()
  } catch {
    // The time is over.
  }
  return { status: response.status, body: isOpen ? heard : JSON.parse(heard), headers: response.headers }
}
