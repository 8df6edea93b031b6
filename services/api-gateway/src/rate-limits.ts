import { hash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Cache } from '#libs/cache/cache.ts'
import type { Allowance } from '#libs/cache/sliding-window.ts'
import { anonymous } from '#libs/contract/client.ts'
import type { Operation } from '#libs/contract/operation.ts'
import type { CallerSource } from '#libs/http/routes.ts'
import { Problem, platformProblems } from '#libs/problem/problem.ts'
import type { GatewaySettings } from './config.ts'
import { PROBES } from './health.ts'
import { networkOf } from './network.ts'
import { ASSETS_ROUTE } from './web-app.ts'

const BOUND_TOKEN = /^DPoP (\S+)$/i

/** One limit that a request counts against. */
interface Counted {
  key: string
  limit: number
}

/**
 * How often who may ask: a sliding minute each, counted for all gateways together where they share a cache. In one process nothing is waited
 * for: an answer that is there at once is used at once.
 */
export class RateLimits {
  readonly #cache: Cache
  readonly #settings: GatewaySettings
  readonly #callers: CallerSource

  constructor(cache: Cache, settings: GatewaySettings, callers: CallerSource) {
    this.#cache = cache
    this.#settings = settings
    this.#callers = callers
  }

  /**
   * Cookies and keys that open nothing are counted before identity is asked about them: nobody makes its database work by making them up. What
   * is returned takes the guess back. Throws 429.
   */
  countGuess(request: FastifyRequest, what: 'cookie' | 'key'): (() => void) | Promise<() => void> {
    const key = `${what} ${networkOf(request.ip)}`
    const allowed = (allowance: Allowance): (() => void) => {
      if (!allowance.isAllowed) throw rateLimited(allowance)
      return () => this.#cache.giveBack(key, allowance)
    }
    const taken = this.#cache.take(key, this.#settings.requests_per_minute)
    return taken instanceof Promise ? taken.then(allowed) : allowed(taken)
  }

  /** Counts a request wherever it counts, and says in the headers of its answer what the tightest limit leaves. Throws 429. */
  async count(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { config, url } = request.routeOptions
    // Probes and scrapes are the operator's own, and cheap; the parts of the app come from memory, a page has dozens, and browsers keep them.
    if (PROBES.has(url ?? '') || url === ASSETS_ROUTE) return
    await this.#countProof(request)
    const address = networkOf(request.ip)
    const user = await this.#whoAsks(request)
    const taken = countedOf(this.#settings, address, config.operation, user).map(({ key, limit }) =>
      this.#cache.take(key, limit),
    )
    const allowances: readonly Allowance[] = isAllThere(taken) ? taken : await Promise.all(taken)
    const tightest = allowances.reduce((a, b) => (b.remaining < a.remaining || !b.isAllowed ? b : a))
    reply.headers(limitHeaders(tightest))
    const refused = allowances.find((allowance) => !allowance.isAllowed)
    if (refused !== undefined) throw rateLimited(refused)
  }

  /**
   * A proof that holds is written down in identity's database, so that it counts once. Requests with one token are counted before: no more of
   * them than its user may make, whatever is refused of them later.
   */
  async #countProof({ headers }: FastifyRequest): Promise<void> {
    const [, token] = BOUND_TOKEN.exec(headers.authorization ?? '') ?? []
    if (token === undefined) return
    const key = `proof ${hash('sha256', token, 'base64url')}`
    const allowance = await this.#cache.take(key, this.#settings.requests_per_minute)
    if (!allowance.isAllowed) throw rateLimited(allowance)
  }

  /**
   * The user behind a request for an operation, nobody else's token being worth a look. Whoever acts for him by what he handed out is counted by
   * itself: no third party uses up what his own app may ask.
   */
  async #whoAsks(request: FastifyRequest): Promise<string | null> {
    if (request.routeOptions.config.operation === undefined) return null
    const { sub, grant, session_id } = await this.#callers.callerOf(request).catch(() => anonymous)
    return sub === null || grant === null ? sub : `${sub} by ${session_id}`
  }
}

function isAllThere(taken: readonly (Allowance | Promise<Allowance>)[]): taken is readonly Allowance[] {
  return !taken.some((one) => one instanceof Promise)
}

/** Where a request counts: as its user's or its address's, as an address's at sign-in, as a write that moves money, as a look-up. */
function countedOf(
  settings: GatewaySettings,
  address: string,
  operation: Operation | undefined,
  user: string | null,
): Counted[] {
  const who = user === null ? `address ${address}` : `user ${user}`
  // One address of a third party's serves many people.
  const isThirdParty = operation?.raw === true && user === null
  const counted: Counted[] = [
    isThirdParty
      ? { key: `oauth ${address}`, limit: settings.oauth_per_minute }
      : { key: who, limit: settings.requests_per_minute },
  ]
  if (operation === undefined) return counted
  // Whoever has a token guesses the passwords of others no faster for it.
  if (isSignIn(operation) && (user === null || operation.access.anyone === true))
    counted.push({ key: `sign-in ${address}`, limit: settings.sign_ins_per_minute })
  if (operation.money && operation.method !== 'GET')
    counted.push({ key: `money ${who}`, limit: settings.money_writes_per_minute })
  if (operation.lookup) counted.push({ key: `lookup ${who}`, limit: settings.lookups_per_minute })
  return counted
}

/** Where passwords and codes may be tried: of raw operations the forms alone. */
function isSignIn({ path, method, raw }: Operation): boolean {
  return raw ? path.startsWith('/auth/interaction/') && method === 'POST' : path.startsWith('/auth/')
}

function rateLimited({ limit: most, resetS }: Allowance): Problem {
  return new Problem(platformProblems.RATE_LIMITED, {
    detail: `No more than ${most} of these requests a minute; try again in ${resetS} seconds`,
    headers: { 'retry-after': String(resetS) },
  })
}

function limitHeaders({ limit, remaining, resetS }: Allowance): Record<string, string> {
  return {
    'ratelimit-limit': String(limit),
    'ratelimit-remaining': String(remaining),
    'ratelimit-reset': String(resetS),
  }
}
