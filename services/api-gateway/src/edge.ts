import { hash } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { anonymous } from '#libs/contract/client.ts'
import type { Operation } from '#libs/contract/operation.ts'
import { wireProblems } from '#libs/http/problem-reply.ts'
import { requestTrace } from '#libs/http/request-trace.ts'
import type { CallerSource } from '#libs/http/routes.ts'
import { Problem, platformProblems } from '#libs/problem/problem.ts'
import type { Log } from '#libs/telemetry/log.ts'
import type { Metrics } from '#libs/telemetry/metrics.ts'
import { DURATION_BUCKETS_S } from '#libs/telemetry/metrics.ts'
import { ApiKeys, bearApiKey, type ResolveKey } from './api-keys.ts'
import type { GatewaySettings } from './config.ts'
import type { FreshCallers } from './fresh-callers.ts'
import { PROBES } from './health.ts'
import { networkOf } from './network.ts'
import { problems } from './problems.ts'
import { type Allowance, RateLimiter } from './rate-limits.ts'
import { ASSETS_ROUTE } from './web-app.ts'
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
  /** Who must read his own writes; told of every write. */
  fresh?: FreshCallers | undefined
  /** The date that the history of a demo bank has come to, while it is being made; undefined once it has reached today. */
  historyAt(): string | undefined
}

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/

/** What every request passes before its operation: where it comes from, how often, and under which ids it is followed. */
export function registerEdge(server: FastifyInstance, options: EdgeOptions): void {
  const limiter = new RateLimiter()
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
    await bearCookie(sessions, request, () => countGuess(limiter, options.settings, request, 'cookie'))
    await bearApiKey(keys, request, () => countGuess(limiter, options.settings, request, 'key'))
    await limit(limiter, options, request, reply)
    if (request.method === 'OPTIONS') return reply.code(204).send()
    refuseInHistory(options, request)
  })
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

/** Cookies and keys that open nothing are counted before identity is asked about them: nobody makes its database work by making them up. */
function countGuess(
  limiter: RateLimiter,
  settings: GatewaySettings,
  request: FastifyRequest,
  what: 'cookie' | 'key',
): () => void {
  const key = `${what} ${networkOf(request.ip)}`
  const allowance = limiter.take(key, settings.requests_per_minute)
  if (!allowance.isAllowed) throw rateLimited(allowance)
  return () => limiter.giveBack(key)
}

function rateLimited({ limit: most, resetS }: Allowance): Problem {
  return new Problem(platformProblems.RATE_LIMITED, {
    detail: `No more than ${most} of these requests a minute; try again in ${resetS} seconds`,
    headers: { 'retry-after': String(resetS) },
  })
}

async function limit(
  limiter: RateLimiter,
  options: EdgeOptions,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const { settings, callers } = options
  const { config, url } = request.routeOptions
  // Probes and scrapes are the operator's own, and cheap; the parts of the app come from memory, a page has dozens, and browsers keep them.
  if (PROBES.has(url ?? '') || url === ASSETS_ROUTE) return
  limitProofs(limiter, options.settings, request)
  const address = networkOf(request.ip)
  const allowances = [...takenOf(limiter, settings, address, config.operation, await whoAsks(callers, request))]
  const tightest = allowances.reduce((a, b) => (b.remaining < a.remaining || !b.isAllowed ? b : a))
  reply.headers(limitHeaders(tightest))
  const refused = allowances.find((allowance) => !allowance.isAllowed)
  if (refused !== undefined) throw rateLimited(refused)
}

const BOUND_TOKEN = /^DPoP (\S+)$/i

/**
 * A proof that holds is written down in identity's database, so that it counts once. Requests with one token are counted before: no more of them
 * than its user may make, whatever is refused of them later.
 */
function limitProofs(limiter: RateLimiter, settings: GatewaySettings, { headers }: FastifyRequest): void {
  const [, token] = BOUND_TOKEN.exec(headers.authorization ?? '') ?? []
  if (token === undefined) return
  const allowance = limiter.take(`proof ${hash('sha256', token, 'base64url')}`, settings.requests_per_minute)
  if (!allowance.isAllowed) throw rateLimited(allowance)
}

/**
 * The user behind a request for an operation, nobody else's token being worth a look. Whoever acts for him by what he handed out is counted by
 * itself: no third party uses up what his own app may ask.
 */
async function whoAsks(callers: CallerSource, request: FastifyRequest): Promise<string | null> {
  if (request.routeOptions.config.operation === undefined) return null
  const { sub, grant, session_id } = await callers.callerOf(request).catch(() => anonymous)
  return sub === null || grant === null ? sub : `${sub} by ${session_id}`
}

/** Counts a request wherever it counts: as its user's or its address's, as an address's at sign-in, as a write that moves money, as a look-up. */
function* takenOf(
  limiter: RateLimiter,
  settings: GatewaySettings,
  address: string,
  operation: Operation | undefined,
  user: string | null,
): Iterable<Allowance> {
  const who = user === null ? `address ${address}` : `user ${user}`
  // One address of a third party's serves many people.
  if (operation?.raw === true && user === null) yield limiter.take(`oauth ${address}`, settings.oauth_per_minute)
  else yield limiter.take(who, settings.requests_per_minute)
  if (operation === undefined) return
  // Whoever has a token guesses the passwords of others no faster for it.
  if (isSignIn(operation) && (user === null || operation.access.anyone === true))
    yield limiter.take(`sign-in ${address}`, settings.sign_ins_per_minute)
  if (operation.money && operation.method !== 'GET')
    yield limiter.take(`money ${who}`, settings.money_writes_per_minute)
  if (operation.lookup) yield limiter.take(`lookup ${who}`, settings.lookups_per_minute)
}

/** Where passwords and codes may be tried: of raw operations the forms alone. */
function isSignIn({ path, method, raw }: Operation): boolean {
  return raw ? path.startsWith('/auth/interaction/') && method === 'POST' : path.startsWith('/auth/')
}

function limitHeaders({ limit, remaining, resetS }: Allowance): Record<string, string> {
  return {
    'ratelimit-limit': String(limit),
    'ratelimit-remaining': String(remaining),
    'ratelimit-reset': String(resetS),
  }
}
