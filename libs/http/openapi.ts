import type { Operation } from '#libs/contract/operation.ts'
import { NDJSON } from './lines.ts'
import { STEP_UP_HEADER, STEP_UP_PATH } from './step-up.ts'

/** An operation as one route of the API; an alias is the same operation under a second path. */
export interface Route {
  operation: Operation
  path: string
}

interface Described {
  title: string
  version: string
  description: string
}

const BEARER = 'bearer'

/** The OpenAPI 3.1 document of the routes, from the very schemas that check requests and shape replies. */
export function openApiOf(routes: readonly Route[], about: Described): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const { operation, path } of routes) {
    const template = publicPath(operation, path).replace(/:(\w+)/g, '{$1}')
    const isAlias = path !== operation.path
    const item = paths[template] ?? {}
    item[operation.method.toLowerCase()] = described(
      operation,
      isAlias ? `${operation.id}_at_${slug(path)}` : operation.id,
    )
    paths[template] = item
  }
  return {
    openapi: '3.1.0',
    info: about,
    servers: [{ url: '/' }],
    tags: [...new Set(routes.flatMap((route) => route.operation.tags))].sort().map((name) => ({ name })),
    paths: Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1))),
    components: {
      securitySchemes: { [BEARER]: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: { Problem: problemSchema },
    },
  }
}

/** Where an operation stands: below `/api/v1`, or beside it for the sandbox's own and for what RFC 8615 wants at the root of an origin. */
export function publicPath(operation: Operation, path: string): string {
  return operation.sandbox || path.startsWith('/.well-known/') ? path : `/api/v1${path}`
}

function slug(path: string): string {
  return path.replace(/[^a-z]+/gi, '_').replace(/^_|_$/g, '')
}

function described(operation: Operation, operationId: string): Record<string, unknown> {
  const refusals = new Map<number, string>([[400, 'The request is not valid: VALIDATION_FAILED, MALFORMED_JSON']])
  const without = operation.stepUp ? 'UNAUTHENTICATED, STEP_UP_REQUIRED' : 'UNAUTHENTICATED'
  if (operation.access.anyone !== true) refusals.set(401, without).set(403, 'FORBIDDEN')
  if (operation.access.owner !== undefined) refusals.set(404, 'NOT_FOUND: it does not exist, or it is not yours')
  refusals.set(429, 'RATE_LIMITED').set(503, 'UNAVAILABLE')
  const responses: Record<string, unknown> = { [operation.status]: replyOf(operation) }
  for (const [status, description] of refusals) responses[status] = problem(description)
  if (operation.problems.length > 0) responses['4XX'] = problem(`Refused: ${operation.problems.join(', ')}`)
  return {
    operationId,
    summary: operation.summary,
    ...(operation.description === '' ? {} : { description: operation.description }),
    tags: operation.tags,
    ...(operation.access.anyone === true ? { security: [] } : { security: [{ [BEARER]: [] }] }),
    parameters: parametersOf(operation),
    ...(hasBody(operation) ? { requestBody: { required: true, content: bodiesOf(operation) } } : {}),
    responses,
    'x-access': operation.access,
  }
}

/** A bulk takes one member a line as well. */
function bodiesOf({ body, bulkOf }: Operation): Record<string, unknown> {
  const whole = { 'application/json': { schema: body } }
  return bulkOf === undefined ? whole : { ...whole, [NDJSON]: { schema: bulkOf.body } }
}

function hasBody(operation: Operation): boolean {
  const { properties } = operation.body as { properties?: object }
  return operation.method !== 'GET' && Object.keys(properties ?? {}).length > 0
}

function parametersOf(operation: Operation): unknown[] {
  const from = (schema: unknown, place: 'path' | 'query'): unknown[] => {
    const { properties = {}, required = [] } = schema as { properties?: Record<string, unknown>; required?: string[] }
    return Object.entries(properties).map(([name, member]) => ({
      name,
      in: place,
      required: place === 'path' || required.includes(name),
      schema: member,
    }))
  }
  const parameters = [...from(operation.params, 'path'), ...from(operation.query, 'query')]
  if (operation.idempotency !== 'none') {
    const required = operation.idempotency === 'required'
    const description =
      'New for each new wish; the same key with the same request answers the same and happens once. Kept 7 days.'
    parameters.push({
      name: 'Idempotency-Key',
      in: 'header',
      required,
      description,
      schema: { type: 'string', minLength: 1, maxLength: 255 },
    })
  }
  if (operation.stepUp || operation.problems.includes('STEP_UP_REQUIRED')) {
    const description = `The proof that exactly this request was confirmed with a strong factor, from ${STEP_UP_PATH}; asked for by a 401 STEP_UP_REQUIRED.`
    parameters.push({ name: STEP_UP_HEADER, in: 'header', required: false, description, schema: { type: 'string' } })
  }
  if (operation.stream) {
    parameters.push({
      name: 'Last-Event-ID',
      in: 'header',
      required: false,
      description: 'The id of the last event that was received: those after it are sent first',
      schema: { type: 'string', maxLength: 255 },
    })
  }
  if (operation.status === 202 && operation.location !== '') {
    parameters.push({
      name: 'Prefer',
      in: 'header',
      required: false,
      description: 'wait=N waits up to N seconds (30 at most) for the end',
      schema: { type: 'string' },
    })
  }
  return parameters
}

function replyOf(operation: Operation): unknown {
  if (operation.status === 204) return { description: 'Done' }
  if (operation.stream)
    return {
      description: 'Server-sent events; the schema is that of their data',
      content: { 'text/event-stream': { schema: operation.reply } },
    }
  const content: Record<string, unknown> = { 'application/json': { schema: operation.reply } }
  if (operation.bulkOf !== undefined) content[NDJSON] = { schema: { type: 'string', format: 'binary' } }
  for (const type of operation.files) content[type] = { schema: { type: 'string', format: 'binary' } }
  return { description: 'The answer', content }
}

function problem(description: string): unknown {
  return { description, content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } }
}

const problemSchema = {
  type: 'object',
  description: 'RFC 9457',
  required: ['type', 'title', 'status', 'detail', 'instance', 'code', 'correlation_id'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    instance: { type: 'string' },
    code: { type: 'string' },
    correlation_id: { type: 'string' },
    outcome: { type: 'string', enum: ['nothing_moved', 'unknown'] },
    errors: {
      type: 'array',
      items: { type: 'object', properties: { pointer: { type: 'string' }, detail: { type: 'string' } } },
    },
  },
}
