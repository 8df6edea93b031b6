import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Operation } from '#libs/contract/operation.ts'
import { decode, encode } from '#libs/json/json.ts'
import { Problem, type ProblemKind, platformProblems } from '#libs/problem/problem.ts'
import type { Log } from '#libs/telemetry/log.ts'
import { followRoutes } from './allowed-methods.ts'
import { NDJSON } from './lines.ts'
import { bodyOf, type ConstraintProblems, problemOf } from './problem-reply.ts'
import { requestTrace } from './request-trace.ts'
import { answerUnreadable, closeLateIdle, refuseOddRequests } from './wire.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    operation?: Operation
  }
  interface FastifyInstance {
    /** Logs what made an answer break off that had begun: nobody is told by a problem any more. */
    logBreak(request: FastifyRequest, error: unknown): void
  }
}

/** Long enough for the slowest phone, too short to hold connections open with headers that never end. */
const HEADERS_TIMEOUT_MS = 15_000

export interface HttpServerOptions {
  log: Log
  bodyLimitBytes: number
  constraints: ConstraintProblems
  /** Addresses and networks (CIDR) whose X-Forwarded-For is believed; nobody's unless told. */
  trustedProxies?: readonly string[]
}

/** A Fastify server that speaks the bank's JSON and answers every failure as an RFC 9457 problem. */
export function createHttpServer(options: HttpServerOptions): FastifyInstance {
  const server = Fastify({
    logger: false,
    bodyLimit: options.bodyLimitBytes,
    trustProxy: options.trustedProxies?.length ? [...options.trustedProxies] : false,
    routerOptions: { maxParamLength: 200 },
    // A request without a host is refused below, as a problem.
    http: { headersTimeout: HEADERS_TIMEOUT_MS, requireHostHeader: false },
    requestTimeout: 60_000,
    keepAliveTimeout: 30_000,
    // In-flight requests get their answer while the server closes; new connections are not accepted.
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    // What fails before a route is found (a URL that cannot be decoded) would otherwise be answered in the framework's own words.
    frameworkErrors: (error, request, reply) => void sendProblem(options, error, request, reply),
    clientErrorHandler: answerUnreadable,
  })
  server.decorate('logBreak', (request: FastifyRequest, error: unknown) =>
    logFailure(options.log, request, error, 'an answer broke off'),
  )
  refuseOddRequests(server)
  closeLateIdle(server)
  const allowedAt = followRoutes(server)
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, text, done) => {
    if (text === '') return done(null, undefined)
    try {
      done(null, decode(text as string))
    } catch {
      done(new Problem(platformProblems.MALFORMED_JSON))
    }
  })
  server.addContentTypeParser(NDJSON, (request, lines, done) => {
    const takesLines = request.routeOptions.config?.operation?.bulkOf !== undefined
    done(takesLines ? null : new Problem(platformProblems.UNSUPPORTED_MEDIA_TYPE), lines)
  })
  server.setErrorHandler((error, request, reply) => sendProblem(options, error as FastifyError, request, reply))
  server.setNotFoundHandler((request, reply) => {
    const allowed = allowedAt(request)
    const problem =
      allowed.length === 0
        ? new Problem(platformProblems.NOT_FOUND)
        : new Problem(platformProblems.METHOD_NOT_ALLOWED, { headers: { allow: allowed.join(', ') } })
    return sendProblem(options, problem, request, reply)
  })
  return server
}

/** Maps any failure to a problem; our own bugs are logged with their stack and answered without it. */
function sendProblem(
  options: HttpServerOptions,
  error: Error,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const trace = requestTrace(request)
  const problem =
    problemOf(error, options.constraints) ?? ofFastify(error as FastifyError) ?? new Problem(platformProblems.INTERNAL)
  if (problem.kind.status >= 500) logFailure(options.log, request, error, 'a request failed')
  const money = request.routeOptions.config?.operation?.money === true
  const body = bodyOf(problem, {
    instance: request.url.split('?', 1)[0] as string,
    correlation_id: trace.correlation_id,
    money,
  })
  return reply
    .code(problem.kind.status)
    .headers({ ...problem.options.headers, 'x-correlation-id': trace.correlation_id })
    .type('application/problem+json; charset=utf-8')
    .send(encode(body))
}

function logFailure(log: Log, request: FastifyRequest, error: unknown, what: string): void {
  log.error({ error, correlation_id: requestTrace(request).correlation_id, route: request.routeOptions.url }, what)
}

const FASTIFY_CODES: Readonly<Record<string, ProblemKind>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: platformProblems.BODY_TOO_LARGE,
  FST_ERR_CTP_INVALID_MEDIA_TYPE: platformProblems.UNSUPPORTED_MEDIA_TYPE,
  FST_ERR_CTP_EMPTY_JSON_BODY: platformProblems.MALFORMED_JSON,
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: platformProblems.VALIDATION_FAILED,
  FST_ERR_BAD_URL: platformProblems.NOT_FOUND,
}

function ofFastify(error: FastifyError): Problem | undefined {
  const kind = FASTIFY_CODES[error.code]
  if (kind !== undefined) return new Problem(kind)
  const status = error.statusCode ?? 500
  return status >= 400 && status < 500 ? new Problem({ ...platformProblems.VALIDATION_FAILED, status }) : undefined
}
