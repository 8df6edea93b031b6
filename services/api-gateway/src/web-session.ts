import { hash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { Operation } from '#libs/contract/operation.ts'
import { webSessionCookies } from '#libs/http/web-session.ts'
import { Problem } from '#libs/problem/problem.ts'
import { API_KEY_HEADER } from './api-keys.ts'
import { problems } from './problems.ts'
import { type ResolvedToken, ResolvedTokens } from './resolved-tokens.ts'

/** Asks identity for the session behind a cookie, in the trace of the request. Fault when it does not answer. */
export type ResolveSession = (
  asked: { cookie: string; is_stream: boolean },
  request: FastifyRequest,
) => Promise<ResolvedToken>

/** A secret of 32 bytes in base64url: nothing else is worth a question. */
const SECRET = /^[A-Za-z0-9_-]{43}$/

/** The tokens behind cookies. */
export class WebSessions {
  readonly #resolve: ResolveSession
  readonly #tokens: ResolvedTokens

  constructor(resolve: ResolveSession, nowMs?: () => number) {
    this.#resolve = resolve
    this.#tokens = new ResolvedTokens(nowMs)
  }

  /** The access token of a cookie's session, or null when there is none. `guess` as in ResolvedTokens. */
  async tokenOf(
    cookie: string,
    request: FastifyRequest,
    { is_stream = false, guess }: { is_stream?: boolean; guess(): (() => void) | Promise<() => void> },
  ): Promise<string | null> {
    if (!SECRET.test(cookie)) return null
    // Tokens of streams are others: they live longer, and asking for one is no use of the session.
    const name = `${hash('sha256', cookie, 'base64url')}${is_stream ? ' stream' : ''}`
    return this.#tokens.tokenOf(name, { ask: () => this.#resolve({ cookie, is_stream }, request), guess })
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
  // A page of another protocol has forms, and looks at their origin itself; the cookie never reaches it.
  if (request.routeOptions.config.operation?.raw === true) return
  const cookies = webSessionCookies(request)
  const { authorization, [API_KEY_HEADER]: key } = request.headers
  if (cookies.length > 1 || (cookies.length > 0 && (authorization ?? key) !== undefined))
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
  guess: () => (() => void) | Promise<() => void>,
): Promise<void> {
  const operation: Operation | undefined = request.routeOptions.config.operation
  if (operation === undefined || operation.raw || operation.access.anyone === true) return
  const [cookie] = webSessionCookies(request)
  if (cookie === undefined) return
  const token = await sessions.tokenOf(cookie, request, { is_stream: operation.stream, guess })
  if (token !== null) request.headers.authorization = `Bearer ${token}`
}
