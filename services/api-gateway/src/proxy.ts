import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import type { FastifyInstance, FastifyRequest, HTTPMethods } from 'fastify'
import type { Operation } from '#libs/contract/operation.ts'
import { FRESH_HEADER, GATEWAY_HEADER } from '#libs/http/callers.ts'
import { inForwarding, noteAnswer } from '#libs/http/client-span.ts'
import type { Discovery, Sending } from '#libs/http/discovery.ts'
import { NDJSON } from '#libs/http/lines.ts'
import { publicPath, type Route } from '#libs/http/openapi.ts'
import { ORIGIN_HEADER, RAW_BODY_BYTES, readRaw, takeAnyText } from '#libs/http/raw.ts'
import { requestTrace } from '#libs/http/request-trace.ts'
import { STEP_UP_HEADER } from '#libs/http/step-up.ts'
import { openStreamsOf } from '#libs/http/streams.ts'
import { encode } from '#libs/json/json.ts'
import { Problem, platformProblems } from '#libs/problem/problem.ts'

const FORWARDED = ['authorization', 'idempotency-key', 'prefer', 'accept', 'last-event-id', STEP_UP_HEADER] as const
const RETURNED = [
  'content-type',
  'content-disposition',
  'set-cookie',
  'location',
  'link',
  'x-next-cursor',
  'idempotency-replayed',
  'preference-applied',
  'retry-after',
  'www-authenticate',
] as const
const DEADLINE_MS = 35_000
const SERVICE = 'api-gateway'

export interface ProxyOptions {
  /** The other processes of the bank. */
  others: Pick<Discovery, 'send'>
  /**
   * A fresh token that shows the service of an operation that a request went through the gateway, and what was seen of it there. Throws for an
   * access token whose possession was to be proved and was not.
   */
  tokenFor(operation: Operation, request: FastifyRequest): Promise<string>
  /** False where a lagging copy of the data may answer a read; every answer is of now without it. */
  isFresh?(request: FastifyRequest): boolean | Promise<boolean>
  /** The origin by which the client knows the bank. */
  originOf(request: FastifyRequest): string
}

/** Registers a route whose service runs in another process: the request goes there as it is, the answer comes back as it is. */
export function registerProxy(server: FastifyInstance, route: Route, options: ProxyOptions): void {
  if (route.operation.raw) registerRawProxy(server, route, options)
  else registerJsonProxy(server, route, options)
}

function registerJsonProxy(server: FastifyInstance, { operation, path }: Route, options: ProxyOptions): void {
  const streams = operation.stream ? openStreamsOf(server) : undefined
  server.route({
    method: operation.method as HTTPMethods,
    url: publicPath(operation, path),
    config: { operation },
    ...(operation.bodyLimitBytes === undefined ? {} : { bodyLimit: operation.bodyLimitBytes }),
    handler: async (request, reply) => {
      const target = targetOf(request, operation.path, path, publicPath(operation, operation.path))
      const token = await options.tokenFor(operation, request)
      const end = streams?.begin(reply)
      const mayLag = await mayAnswerLate(operation, request, options)
      const answer = await forward(request, { options, operation, target, token, mayLag, end: end?.signal })
      if (hasLines(request) && answer.ok) throw new Problem(platformProblems.UNSUPPORTED_MEDIA_TYPE)
      for (const name of RETURNED) {
        const value = answer.headers.get(name)
        if (value !== null) reply.header(name, value)
      }
      if (end !== undefined && answer.body !== null) {
        // A signal that aborts breaks the answer off; to the client that is the end of the stream, after which it comes back.
        const events = Readable.fromWeb(answer.body as ReadableStream)
        return reply.code(answer.status).send(events)
      }
      return reply.code(answer.status).send(answer.status === 204 ? undefined : Buffer.from(await answer.arrayBuffer()))
    },
  })
}

/** Whether a lagging copy may answer. Of what anybody may read nobody is asked who he is, so that a token that has run out does no harm. */
async function mayAnswerLate({ method, access }: Operation, request: FastifyRequest, { isFresh }: ProxyOptions) {
  return method === 'GET' && access.anyone !== true && (await isFresh?.(request)) === false
}

const KEPT_BACK: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'transfer-encoding',
  'x-correlation-id',
])

/** A raw operation in another process: the text goes there as it is, and every header of the answer comes back, redirects included. */
function registerRawProxy(server: FastifyInstance, { operation, path }: Route, options: ProxyOptions): void {
  server.register(async (scope) => {
    takeAnyText(scope)
    scope.route({
      method: operation.method as HTTPMethods,
      url: publicPath(operation, path),
      config: { operation },
      bodyLimit: operation.bodyLimitBytes ?? RAW_BODY_BYTES,
      handler: async (request, reply) => {
        const raw = readRaw(operation, request)
        const headers = headersFor(request, await options.tokenFor(operation, request))
        for (const [name, value] of Object.entries(raw.headers)) headers.set(name, value)
        headers.set(ORIGIN_HEADER, options.originOf(request))
        const init: RequestInit = { method: operation.method, headers, redirect: 'manual' }
        if (operation.method !== 'GET' && raw.body !== '') init.body = Buffer.from(raw.body)
        const target = targetOf(request, operation.path, path, publicPath(operation, operation.path))
        const sending = { deadlineMs: DEADLINE_MS, repeat: 'unsent', isWhole: true } as const
        const answer = await sent(request, { options, operation, target, init: { ...init, headers }, sending })
        for (const [name, value] of answer.headers)
          if (name !== 'set-cookie' && !KEPT_BACK.has(name)) reply.header(name, value)
        const cookies = answer.headers.getSetCookie()
        if (cookies.length > 0) reply.header('set-cookie', cookies)
        return reply.code(answer.status).send(Buffer.from(await answer.arrayBuffer()))
      },
    })
  })
}

/** An alias is forwarded under the operation's own path. */
function targetOf(request: FastifyRequest, own: string, path: string, target: string): string {
  if (own === path) return request.url
  const params = request.params as Record<string, string>
  const query = request.url.includes('?') ? request.url.slice(request.url.indexOf('?')) : ''
  return target.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? '')) + query
}

/** A request on its way to the service behind its route. */
interface Forwarded {
  options: Pick<ProxyOptions, 'others'>
  operation: Operation
  target: string
}

/** Forwards a request; one with `end` may go on until that aborts, and only the wait for its first byte has a deadline. */
function forward(
  request: FastifyRequest,
  { token, mayLag, end, ...forwarded }: Forwarded & { token: string; mayLag: boolean; end: AbortSignal | undefined },
): Promise<Response> {
  const headers = headersFor(request, token)
  if (mayLag) headers.set(FRESH_HEADER, '0')
  for (const name of FORWARDED) {
    const value = request.headers[name]
    if (typeof value === 'string') headers.set(name, value)
  }
  const init: RequestInit & { headers: Headers } = { method: request.method, headers }
  if (hasLines(request)) {
    headers.set('content-type', NDJSON)
    init.body = ''
  } else if (request.method !== 'GET' && request.body !== undefined && request.body !== null) {
    headers.set('content-type', 'application/json')
    init.body = encode(request.body)
  }
  const sending: Sending = {
    deadlineMs: DEADLINE_MS,
    repeat: isSafe(request) ? 'safe' : 'unsent',
    isWhole: end === undefined,
    ...(end === undefined ? {} : { end }),
  }
  return sent(request, { ...forwarded, init, sending })
}

/**
 * True for a body of lines. Only services may send one, by a door of their own. What people send is refused by the service in its own words, none
 * of the lines being handed on.
 */
function hasLines({ body }: FastifyRequest): boolean {
  return body instanceof Readable
}

/** What may be sent to another instance when the first one breaks off: the gateway is the outermost caller, and doing it twice does it once. */
function isSafe({ method, headers }: FastifyRequest): boolean {
  if (method === 'GET') return true
  // Who wishes to wait for the end is answered late by an instance that is well.
  return headers['idempotency-key'] !== undefined && headers.prefer === undefined
}

/** What every forwarded request says of itself: its trace, where it comes from, and that it went through the gateway. */
function headersFor(request: FastifyRequest, token: string): Headers {
  const { correlation_id, traceparent } = requestTrace(request)
  return new Headers({
    'x-correlation-id': correlation_id,
    traceparent,
    'x-forwarded-for': request.ip,
    [GATEWAY_HEADER]: token,
  })
}

async function sent(
  request: FastifyRequest,
  {
    options,
    operation,
    target,
    init,
    sending,
  }: Forwarded & { init: RequestInit & { headers: Headers }; sending: Sending },
): Promise<Response> {
  return inForwarding(SERVICE, request, init.headers, async () => {
    const { base, answer } = await options.others.send(operation.service, target, init, sending)
    return noteAnswer(base, answer)
  })
}
