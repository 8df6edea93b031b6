import { hash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { Problem } from '#libs/problem/problem.ts'
import { problems } from './problems.ts'
import { type ResolvedToken, ResolvedTokens } from './resolved-tokens.ts'

/** Asks identity for the token behind a key from an address, in the trace of the request. Fault when it does not answer. */
export type ResolveKey = (asked: { key: string; ip: string }, request: FastifyRequest) => Promise<ResolvedToken>

export const API_KEY_HEADER = 'x-api-key'
/** What the secret of a key looks like: nothing else is worth a question. */
const SECRET = /^bfk_[0-9a-f]{32}_[A-Za-z0-9_-]{43}_[0-9a-f]{8}$/
/** Any text that means to be one, so that a mistyped key is counted and answered as a wrong key. */
const MEANT = /^Bearer (bfk_[A-Za-z0-9_-]{0,196})$/i

/** The tokens behind keys of business customers, for the same key from the same address only: a key may be bound to networks. */
export class ApiKeys {
  readonly #resolve: ResolveKey
  readonly #tokens: ResolvedTokens

  constructor(resolve: ResolveKey, nowMs?: () => number) {
    this.#resolve = resolve
    this.#tokens = new ResolvedTokens(nowMs)
  }

  /** The access token of a key, or null where it opens nothing from there. `guess` as in ResolvedTokens. */
  async tokenOf(
    key: string,
    request: FastifyRequest,
    guess: () => (() => void) | Promise<() => void>,
  ): Promise<string | null> {
    if (!SECRET.test(key)) return null
    const { ip } = request
    const name = hash('sha256', `${ip} ${key}`, 'base64url')
    return this.#tokens.tokenOf(name, { ask: () => this.#resolve({ key, ip }, request), guess })
  }
}

/** The key that a request came with, in either place that it may stand; 400 for one beside another credential. */
function keyOf({ headers }: FastifyRequest): string | undefined {
  const [, bearer] = MEANT.exec(headers.authorization ?? '') ?? []
  const header = headers[API_KEY_HEADER]
  if (header === undefined) return bearer
  if (headers.authorization !== undefined) throw new Problem(problems.TWO_CREDENTIALS)
  return String(header)
}

/** Gives a request with a key the token that the key stands for, so that from here on it is like any other; public operations need none. */
export async function bearApiKey(
  keys: ApiKeys,
  request: FastifyRequest,
  guess: () => (() => void) | Promise<() => void>,
): Promise<void> {
  const { operation } = request.routeOptions.config
  if (operation === undefined || operation.raw || operation.access.anyone === true) return
  const key = keyOf(request)
  if (key === undefined) return
  const token = await keys.tokenOf(key, request, guess)
  // A key that opens nothing is answered like a token that is none of ours.
  request.headers.authorization = `Bearer ${token ?? 'none'}`
  delete request.headers[API_KEY_HEADER]
}
