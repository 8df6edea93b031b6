import type { Route } from '#libs/http/openapi.ts'
import type { Reply } from './api.ts'
import type { GeneratedRequest } from './generated-requests.ts'

/** What people, programs and adversaries put where something else belongs: as JSON in a body, as text in a query or a path. */
const NONSENSE: readonly unknown[] = [
  ...['', ' ', 'x', '\u0000', 'a\u0000b', '\ud800', "'; drop table entries; --", '%', '../../etc/passwd'],
  ...['x'.repeat(5_000), '0000-01-01', '0000-00-00', '2026-02-30', '9999-12-31', '-001-01-01', '99999-01-01'],
  ...[
    '0001-01-01',
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59.999Z',
    '2026-01-01T00:00:00+99:99',
    '2016-12-31T23:59:60Z',
  ],
  ...['0001-01-01T00:00:00+14:00', '9999-12-31T23:59:59-14:00', '0001-01-01T00:00:00Z'],
  ...['0000', '0001', '0000-01', '9999-12', '2026-13', '9999', '1e5', '0x10', '99999999999999999999'],
  ...['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '0190b5a0-7b7b-7b7b-8b7b'],
  ...[0, -1, 1.5, 2_147_483_648, 9_007_199_254_740_991, -9_007_199_254_740_991, 1e30, 1e-7, null, true],
  ...[[], {}, [[[[]]]], { toString: 1 }, ['x'], { 'a.b': '\u0000' }, Array.from({ length: 1_001 }, () => 1)],
]
/** Cursors as somebody makes them up: of other lists, of what is far behind everything, of what is no number. */
const CURSORS = [
  ...['1', '999999999999999', '9223372036854775808', 'zzzzzzzzzzz', '0.0', 'e30', 'MA', '{}', 'eyJhIjoxfQ', '1.2.3'],
  ...['0000-01-01', '0000-01-01|0', '2026-01-01_1', '9999-12-31.999999999999999', '-1.-1', 'EUR', 'A.*.a', '...'],
  // As histories write them, of places that there are not.
  ...['before.5.0000-01-01', 'before.5.2026-02-30', 'after.999999999999999.9999-12-31', 'before.0.0001-01-01'],
  ...['before.2026-02-30.5.5', 'after.2026-01-01.5.9999999999999999', 'before.9999-12-31.999999999999999.0'],
  ...['after.0001-01-01.0.-9999999999999999', 'before.2026-12-31.999.9999999999999999'],
]

interface Fields {
  properties?: Record<string, unknown>
}

/** The request with nonsense in one of its fields, each field in turn, and in nothing that the route does not take. */
export function nonsenseOf({ operation, path }: Route, good: GeneratedRequest): GeneratedRequest[] {
  const [where = '', search] = good.path.split('?')
  const parts = path.split('/').flatMap((part, i) => (part.startsWith(':') ? [i] : []))
  const inPath = parts.flatMap((i) =>
    NONSENSE.filter((value) => textOf(value) !== '').map((value) => {
      const changed = where.split('/').map((part, at) => (at === i ? encodeURIComponent(textOf(value)) : part))
      return { ...good, path: changed.join('/') + (search === undefined ? '' : `?${search}`) }
    }),
  )
  const inQuery = Object.keys((operation.query as Fields).properties ?? {}).flatMap((name) =>
    [...NONSENSE, ...(name === 'cursor' ? CURSORS : [])].map((value) => {
      const query = new URLSearchParams(search)
      query.set(name, textOf(value))
      return { ...good, path: `${where}?${query}` }
    }),
  )
  const inBody = operation.method === 'GET' ? [] : bodiesOf(good.body, (operation.body as Fields).properties ?? {})
  return [...inPath, ...inQuery, ...inBody.map((body) => ({ ...good, body }))]
}

function textOf(value: unknown): string {
  return (typeof value === 'string' ? value : JSON.stringify(value)).toWellFormed()
}

/** The body with nonsense in each of its fields, those in objects and lists within it too. */
function bodiesOf(body: Record<string, unknown> = {}, fields: Record<string, unknown> = {}): Record<string, unknown>[] {
  return [...new Set([...Object.keys(body), ...Object.keys(fields)])].flatMap((name) => [
    ...NONSENSE.map((value) => ({ ...body, [name]: value })),
    ...within(body[name]).map((value) => ({ ...body, [name]: value })),
  ])
}

function within(value: unknown): unknown[] {
  if (Array.isArray(value)) return bodiesOf(value[0]).map((first) => [first])
  return typeof value === 'object' && value !== null ? bodiesOf(value as Record<string, unknown>) : []
}

/** What is wrong with how nonsense was answered, if anything is: a fault of the bank's, or a refusal that is no problem. */
export function faultIn({ status, body, headers }: Reply): string | undefined {
  const type = headers.get('content-type') ?? ''
  if (status < 400) return undefined
  const isClear =
    status < 500 && status !== 429 && type.startsWith('application/problem+json') && body.code !== undefined
  return isClear ? undefined : `answered ${status} ${JSON.stringify(body)?.slice(0, 300)}`
}
