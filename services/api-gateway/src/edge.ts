import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Cache } from '#libs/cache/cache.ts'
import { createLocalCache } from '#libs/cache/local-cache.ts'
import { anonymous } from '#libs/contract/client.ts'
import { wireProblems } from '#libs/http/problem-reply.ts'
import { requestTrace } from '#libs/http/request-trace.ts'
import type { CallerSource } from '#libs/http/routes.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { Log } from '#libs/telemetry/log.ts'
import type { Metrics } from '#libs/telemetry/metrics.ts'
import { DURATION_BUCKETS_S } from '#libs/telemetry/metrics.ts'
import { ApiKeys, bearApiKey, type ResolveKey } from './api-keys.ts'
import type { GatewaySettings } from './config.ts'
import type { FreshCallers } from './fresh-callers.ts'
import { problems } from './problems.ts'
import { RateLimits } from './rate-limits.ts'
import { bearCookie, type ResolveSession, refuseCrossSite, WebSessions } from './web-session.ts'

export interface EdgeOptions {
  settings: GatewaySettings
  callers: CallerSource
  log: Log
  metrics: Metrics
  /** In a sandbox only the machine itself may call: names that mean it, and pages that it served. */
  isSandbox: boolean
  /** The public origin at which a sandbox may be called besides, where a conformance suite tests it. */
  suiteOrigin?: string | undefined
  /** The session behind a browser's cookie. */
  resolveSession: ResolveSession
  /** The token behind a business customer's key. */
  resolveKey: ResolveKey
  /** Where limits are counted: in common with other gateways, or in this process alone without it. */
  cache?: Cache | undefined
  /** Who must read his own writes; told of every write. */
  fresh?: FreshCallers | undefined
  /** The date that the history of a demo bank has come to, while it is being made; undefined once it has reached today. */
  historyAt(): string | undefined
}

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/

/** What every request passes before its operation: where it comes from, how often, and under which ids it is followed. */
export function registerEdge(server: FastifyInstance, options: EdgeOptions): void {
  const limits = new RateLimits(options.cache ?? createLocalCache(), options.settings, options.callers)
  const sessions = new WebSessions(options.resolveSession)
  const keys = new ApiKeys(options.resolveKey)
  const duration = options.metrics.histogram({
    name: 'bankflow_http_request_duration_seconds',
    help: 'Time from the last byte of a request to the first of its answer, by operation',
    labels: ['operation', 'status'],
    buckets: DURATION_BUCKETS_S,
  })
  server.addHook('onRequest', async (request, reply) => {
    reply.header('x-correlation-id', requestTrace(request).correlation_id)
    nameInteraction(request, reply)
    secure(request, reply, options.settings)
    if (options.isSandbox) refuseStrangers(request, options.suiteOrigin)
    cors(options.settings.cors_origins, request, reply)
    refuseCrossSite(request, { publicOrigin: options.settings.public_origin })
    await bearCookie(sessions, request, () => limits.countGuess(request, 'cookie'))
    await bearApiKey(keys, request, () => limits.countGuess(request, 'key'))
    await limits.count(request, reply)
    if (request.method === 'OPTIONS') return reply.code(204).send()
    refuseInHistory(options, request)
  })
  server.addHook('onSend', async (request, reply) => nameScheme(request, reply))
  if (options.fresh !== undefined) markWriters(server, options.fresh, options.callers)
  server.addHook('onResponse', async (request, reply) => {
    const operation = request.routeOptions.config.operation?.id ?? request.routeOptions.url ?? 'unknown'
    // How long somebody listened says nothing about how fast the bank is.
    if (request.routeOptions.config.operation?.stream !== true)
      duration.observe({ operation, status: String(reply.statusCode) }, reply.elapsedTime / 1000)
    const { correlation_id } = requestTrace(request)
    options.log.info(
      {
        correlation_id,
        operation,
        method: request.method,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
      },
      'request',
    )
  })
  // A preflight has no route of its own; the hook above answers it.
  server.options('/*', async (_request, reply) => reply.code(204).send())
}

/** A refusal names the scheme by which the token came (RFC 9449 §7.1): who refused knew whose it is, not how it was shown. */
function nameScheme({ headers }: FastifyRequest, reply: FastifyReply): void {
  const challenge = reply.getHeader('www-authenticate')
  if (typeof challenge !== 'string' || !/^DPoP /i.test(headers.authorization ?? '')) return
  reply.header('www-authenticate', challenge.replace(/^Bearer\b/, 'DPoP'))
}

/**
 * Marks whoever changed something, before he hears of it: what he then reads, by whichever gateway, has it. A refusal changed nothing that he
 * could miss; after a failure of ours nobody knows.
 */
function markWriters(server: FastifyInstance, fresh: FreshCallers, callers: CallerSource): void {
  const mark = async (request: FastifyRequest, { statusCode }: FastifyReply): Promise<void> => {
    if (statusCode >= 400 && statusCode < 500) return
    const { sub } = await callers.callerOf(request).catch(() => anonymous)
    if (sub !== null) await fresh.wrote(sub)
  }
  server.addHook('onRoute', (route) => {
    const operation = route.config?.operation
    if (operation === undefined || operation.method === 'GET' || operation.access.anyone === true) return
    route.onSend = [
      route.onSend ?? [],
      async (request: FastifyRequest, reply: FastifyReply) => mark(request, reply),
    ].flat()
    // Of a body of many lines the first is sent while the last is not decided yet.
    const markAgain = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
      if (reply.elapsedTime > LONG_MS) await mark(request, reply)
    }
    route.onResponse = [route.onResponse ?? [], markAgain].flat()
  })
}

const LONG_MS = 1_000

/** People's money waits until the bank has reached the present: a transfer among those of last spring would stand in the wrong year. */
function refuseInHistory({ historyAt }: EdgeOptions, request: FastifyRequest): void {
  const { operation } = request.routeOptions.config
  if (operation?.money !== true || operation.method === 'GET') return
  const date = historyAt()
  if (date === undefined) return
  throw new Problem(problems.HISTORY_LOADING, {
    detail: `The year before this bank was opened is still being lived through; it has come to ${date}. Try again in a while`,
    extra: { outcome: 'nothing_moved', business_date: date },
    headers: { 'retry-after': '5' },
  })
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** FAPI 1.0 Baseline §6.2.1-11: third parties find an answer again by the id that they gave the request, or else by the bank's. */
function nameInteraction(request: FastifyRequest, reply: FastifyReply): void {
  if (request.routeOptions.config.operation?.access.scope === undefined) return
  const given = request.headers['x-fapi-interaction-id']
  const isGiven = typeof given === 'string' && UUID.test(given)
  reply.header('x-fapi-interaction-id', isGiven ? given : requestTrace(request).correlation_id)
}

const TWO_YEARS_S = 63_072_000

function secure(request: FastifyRequest, reply: FastifyReply, { public_origin }: GatewaySettings): void {
  // Once seen by TLS a browser never again asks without it (RFC 6797): nobody between can strip it.
  if (request.protocol === 'https' || public_origin?.startsWith('https://') === true)
    reply.header('strict-transport-security', `max-age=${TWO_YEARS_S}`)
  reply.headers({
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    // A form of a page that sends no referrer names no origin either (Fetch §3.1), and ours must.
    'referrer-policy': request.routeOptions.config.operation?.raw === true ? 'same-origin' : 'no-referrer',
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  })
}

/** A page of another origin, or a name that was pointed at this machine (DNS rebinding), must not reach a bank without a password to guess. */
function refuseStrangers(request: FastifyRequest, suiteOrigin: string | undefined): void {
  const { host, origin } = request.headers
  const isSuites = suiteOrigin !== undefined && host === new URL(suiteOrigin).host
  if (host === undefined || !(isSuites || LOOPBACK.test(host))) throw new Problem(wireProblems.HOST_REFUSED)
  if (isSuites && isSandboxRoute(request)) throw new Problem(wireProblems.HOST_REFUSED)
  const isOwn = origin === undefined || origin === `http://${host}`
  if (!isOwn && isSandboxRoute(request)) throw new Problem(wireProblems.CORS_REFUSED)
}

/** By the route that was found, which every spelling of its path leads to; by the path only where a preflight has no route. */
function isSandboxRoute({ routeOptions, url }: FastifyRequest): boolean {
  return routeOptions.config.operation?.sandbox ?? url.startsWith('/sandbox')
}

/** Forms, redirects and pages of the authorization server: no other origin's script has any business there. */
function isRawRoute({ routeOptions, url }: FastifyRequest): boolean {
  return routeOptions.config.operation?.raw ?? /^\/api\/v1\/auth\/(interaction|authorize)\b/.test(url)
}

function cors(origins: readonly string[], request: FastifyRequest, reply: FastifyReply): void {
  const { origin } = request.headers
  if (origin === undefined) return
  reply.header('vary', 'Origin')
  if (!origins.includes(origin) || isSandboxRoute(request) || isRawRoute(request)) return
  reply.headers({
    'access-control-allow-origin': origin,
    'access-control-allow-methods': 'GET, POST, PUT, DELETE',
    'access-control-allow-headers':
      'authorization, dpop, content-type, idempotency-key, prefer, x-step-up-proof, x-correlation-id, traceparent',
    'access-control-expose-headers':
      'location, link, idempotency-replayed, www-authenticate, x-correlation-id, ratelimit-limit, ratelimit-remaining, ratelimit-reset, retry-after',
    'access-control-max-age': '600',
  })
}
