import type { FastifyRequest } from 'fastify'

/** The cookie of a browser's session: `__Host-` binds it to one host, all its paths, and a secure way (RFC 6265bis §4.1.3.2). */
export const WEB_SESSION_COOKIE = '__Host-bf_sid'

/** The secrets that a request carries in its session cookie: none, one, or several, which no browser sends. */
export function webSessionCookies(request: FastifyRequest): string[] {
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim())
  return pairs
    .filter((pair) => pair.startsWith(`${WEB_SESSION_COOKIE}=`))
    .map((pair) => pair.slice(WEB_SESSION_COOKIE.length + 1))
}
