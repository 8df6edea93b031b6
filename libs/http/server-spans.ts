import type { FastifyInstance, FastifyRequest } from 'fastify'
import { beginSpanAt, isRecording, type Span } from '#libs/telemetry/spans.ts'
import { requestTrace } from './request-trace.ts'

/** What processes and operators ask each other all the time, and belongs to no act. */
const NOT_TRACED: ReadonlySet<string> = new Set(['/health', '/ready', '/metrics', '/internal/events'])
/** Methods by OpenTelemetry's conventions; a client may send any word. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])

/**
 * Each request in a span of the kind `server`, from its headers to the end of its answer. Paths, queries, addresses and names of clients are left
 * out, since they say who somebody is; the route says what was asked. Without a recorder nothing is registered.
 */
export function traceRequests(server: FastifyInstance, serviceOf: (request: FastifyRequest) => string): void {
  if (!isRecording()) return
  const spans = new WeakMap<object, Span>()
  server.addHook('onRequest', (request, _reply, done) => {
    const span = beginRequest(request, serviceOf(request))
    if (span !== undefined) spans.set(request.raw, span)
    done()
  })
  server.addHook('onResponse', (request, reply, done) => {
    const span = spans.get(request.raw)
    const { statusCode } = reply
    span?.set({ 'http.response.status_code': statusCode })
    if (statusCode >= 500) span?.fail(String(statusCode))
    else span?.end()
    done()
  })
  server.addHook('onRequestAbort', (request, done) => {
    spans.get(request.raw)?.fail('client_left')
    done()
  })
}

function beginRequest(request: FastifyRequest, service: string): Span | undefined {
  const { url: route, config } = request.routeOptions
  if (NOT_TRACED.has(route ?? '')) return undefined
  const method = METHODS.has(request.method) ? request.method : '_OTHER'
  const parent = request.headers.traceparent
  const attributes = {
    'http.request.method': method,
    'http.route': route,
    'url.scheme': request.protocol,
    'network.protocol.version': request.raw.httpVersion,
    'bankflow.operation': config.operation?.id,
  }
  const name = route === undefined ? method : `${method} ${route}`
  const from = typeof parent === 'string' ? parent : undefined
  return beginSpanAt(requestTrace(request), from, name, { service, kind: 'server', attributes })
}
