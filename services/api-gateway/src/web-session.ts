import { hash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { Operation } from '#libs/contract/operation.ts'
import { webSessionCookies } from '#libs/http/web-session.ts'
import { Problem } from '#libs/problem/problem.ts'
import { problems } from './problems.ts'

/** What identity says of a cookie: the access token of its session, or null, and how many seconds that may be kept. */
export interface ResolvedSession {
  access_token: string | null
  keep_s: number
}

/** Asks identity for the session behind a cookie, in the trace of the request. Fault when it does not answer. */
export type ResolveSession = (
  asked: { cookie: string; is_stream: boolean },
  request: FastifyRequest,
) => Promise<ResolvedSession>

const MOST_KEPT = 10_000
const LONGEST_KEPT_S = 20
/** A secret of 32 bytes in base64url: nothing else is worth a question. */
const SECRET = /^[A-Za-z0-9_-]{43}$/

/**
 * The tokens behind cookies, each kept for some seconds under the cookie's hash. A revoked session stops sooner: its token is verified at
 * every request, and the verifier follows the revocations.
 */
export class WebSessions {
  readonly #resolve: ResolveSession
  readonly #nowMs: () => number
  readonly #kept = new Map<string, { session: Promise<ResolvedSession>; untilMs: number }>()

  constructor(resolve: ResolveSession, nowMs: () => number = Date.now) {
    this.#resolve = resolve
    this.#nowMs = nowMs
  }

  /**
   * The access token of a cookie's session, or null when there is none. Requests that come at once share a question. `guess` is called before
   * identity is asked, and may refuse; what it returns is called when there is a session behind the cookie, or nobody could say.
   */
  async tokenOf(
    cookie: string,
    request: FastifyRequest,
    { is_stream = false, guess }: { is_stream?: boolean; guess(): () => void },
  ): Promise<string | null> {
    if (!SECRET.test(cookie)) return null
    // Tokens of streams are others: they live longer, and asking for one is no use of the session.
    const key = `${hash('sha256', cookie, 'base64url')}${is_stream ? ' stream' : ''}`
    const known = this.#kept.get(key)
    if (known !== undefined && this.#nowMs() < known.untilMs) return (await known.session).access_token
    const isNoGuess = guess()
    const asked = {
      session: this.#resolve({ cookie, is_stream }, request),
      untilMs: this.#nowMs() + LONGEST_KEPT_S * 1000,
    }
    this.#kept.delete(key)
    if (this.#kept.size >= MOST_KEPT) this.#kept.delete(this.#kept.keys().next().value as string)
    this.#kept.set(key, asked)
    try {
      const { access_token, keep_s } = await asked.session
      asked.untilMs = this.#nowMs() + Math.min(keep_s, LONGEST_KEPT_S) * 1000
      if (access_token !== null) isNoGuess()
      return access_token
    } catch (error) {
      if (this.#kept.get(key) === asked) this.#kept.delete(key)
      isNoGuess()
      throw error
    }
  }
}

/** Where a request may come from that acts by a cookie, or that is to get one. */
interface SameSite {
  /** The origin that browsers know the bank by; what the request itself was sent to unless it is set. */
  publicOrigin: string | undefined
}

/**
 * Refuses what a page of another site could make a browser send: whatever is no mere reading and comes with the cookie, or asks for one, must
 * name the own origin and carry a header that no form can send and no other site may (OWASP: signed-out CSRF included).
 */
export function refuseCrossSite(request: FastifyRequest, { publicOrigin }: SameSite): void {
  const cookies = webSessionCookies(request)
  if (cookies.length > 1 || (cookies.length > 0 && request.headers.authorization !== undefined))
    throw new Problem(problems.TWO_CREDENTIALS)
  const asksForCookie = request.routeOptions.config.operation?.path.startsWith('/auth/web/') === true
  const isReading = request.method === 'GET' || request.method === 'HEAD' || request.method === 'OPTIONS'
  if (isReading || (cookies.length === 0 && !asksForCookie)) return
  const { origin } = request.headers
  const isOwn =
    origin === `${request.protocol}://${request.host}` || (publicOrigin !== undefined && origin === publicOrigin)
  if (isOwn && request.headers['x-bankflow'] === '1') return
  throw new Problem(problems.CROSS_SITE_REFUSED, {
    detail: 'Send Origin, which must be that of the bank, and the header X-BankFlow: 1',
  })
}

/** Gives a request with a cookie the token of its session, so that from here on it is like any other; public operations need none. */
export async function bearCookie(
  sessions: WebSessions,
  request: FastifyRequest,
  guess: () => () => void,
): Promise<void> {
  const operation: Operation | undefined = request.routeOptions.config.operation
  if (operation === undefined || operation.access.anyone === true) return
  const [cookie] = webSessionCookies(request)
  if (cookie === undefined) return
  const token = await sessions.tokenOf(cookie, request, { is_stream: operation.stream, guess })
  if (token !== null) request.headers.authorization = `Bearer ${token}`
}
