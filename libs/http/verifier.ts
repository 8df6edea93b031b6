import { hash, type KeyObject } from 'node:crypto'
import { anonymous, type Caller } from '#libs/contract/client.ts'
import { type JwtClaims, type JwtExpectation, verifyJwt } from '#libs/crypto/jwt.ts'
import { importVerifyingKey, type PublicJwk } from '#libs/crypto/signing-keys.ts'
import { Fault, Problem, platformProblems } from '#libs/problem/problem.ts'

/** What a verifier asks identity for. */
export interface IdentitySource {
  keys(): Promise<readonly PublicJwk[]>
  /** Sessions revoked since the cursor (null: within the life of a token), and the next cursor. */
  revocations(after: string | null): Promise<{ session_ids: readonly string[]; cursor: string }>
  isActive(session_id: string): Promise<boolean>
}

export const FIRST_PARTY = { issuer: 'urn:bankflow:identity', audience: 'bankflow-first-party', typ: 'at+jwt' } as const

const CACHED_TOKENS = 10_000
const STALE_AFTER_MS = 1_000
const POLL_MS = 400

/** Turns bearer tokens into callers, and honours a revocation within a second. */
export class TokenVerifier {
  readonly #source: IdentitySource
  readonly #nowMs: () => number
  readonly #verified = new Map<string, { caller: Caller; exp: number }>()
  /** Revoked sessions with the second after which no token of theirs can be alive. */
  readonly #revoked = new Map<string, number>()
  #keys = new Map<string, KeyObject>()
  #keysAskedMs = Number.NEGATIVE_INFINITY
  #cursor: string | null = null
  #freshMs = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | undefined
  #polling: Promise<void> | undefined

  constructor(source: IdentitySource, nowMs: () => number = Date.now) {
    this.#source = source
    this.#nowMs = nowMs
  }

  /** Follows identity's revocations until `stop`. */
  start(): void {
    this.#timer = setInterval(() => void this.refresh(), POLL_MS)
    this.#timer.unref()
    void this.refresh()
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#polling
  }

  /** Asks for new revocations now; while identity is away the feed only grows stale. */
  refresh(): Promise<void> {
    this.#polling ??= this.#poll().finally(() => {
      this.#polling = undefined
    })
    return this.#polling
  }

  async #poll(): Promise<void> {
    const askedMs = this.#nowMs()
    try {
      const { session_ids, cursor } = await this.#source.revocations(this.#cursor)
      const until = Math.floor(askedMs / 1000) + 3600
      for (const session_id of session_ids) this.#revoked.set(session_id, until)
      this.#cursor = cursor
      this.#freshMs = askedMs
      for (const [session_id, end] of this.#revoked) if (end < askedMs / 1000) this.#revoked.delete(session_id)
    } catch {
      // Staleness is the signal: `confirm` then asks identity itself, or answers 503.
    }
  }

  /** The caller of a token, or a 401 Problem that does not say why. Fault when identity's keys cannot be had. */
  async verify(token: string): Promise<Caller> {
    const now_s = Math.floor(this.#nowMs() / 1000)
    const digest = hash('sha256', token, 'base64url')
    const cached = this.#verified.get(digest)
    if (cached !== undefined) {
      if (cached.exp <= now_s || this.#isRevoked(cached.caller)) throw unauthenticated()
      return cached.caller
    }
    const claims = await this.claimsOf(token, FIRST_PARTY)
    const caller = callerOf(claims)
    if (this.#isRevoked(caller)) throw unauthenticated()
    if (this.#verified.size >= CACHED_TOKENS) this.#verified.delete(this.#verified.keys().next().value as string)
    this.#verified.set(digest, { caller, exp: claims.exp })
    return caller
  }

  /** Before money moves: a feed that is older than a second is not trusted, identity is asked; a Fault when it cannot answer. */
  async confirm(caller: Caller): Promise<void> {
    if (this.#nowMs() - this.#freshMs <= STALE_AFTER_MS) return
    await this.refresh()
    if (this.#nowMs() - this.#freshMs > STALE_AFTER_MS && !(await this.#isActive(caller))) throw unauthenticated()
    if (this.#isRevoked(caller)) throw unauthenticated()
  }

  async #isActive(caller: Caller): Promise<boolean> {
    try {
      return caller.session_id !== null && (await this.#source.isActive(caller.session_id))
    } catch (error) {
      throw new Fault('identity cannot say whether a session stands', { cause: error })
    }
  }

  #isRevoked(caller: Caller): boolean {
    return caller.session_id !== null && this.#revoked.has(caller.session_id)
  }

  /**
   * The claims of a token that identity signed (EdDSA) for one use and audience: issuer, key, times, `typ` and `aud` hold. A 401 Problem that
   * does not say why otherwise, a Fault when identity's keys cannot be had. Whose token it is, and whether its session stands, is for the caller.
   */
  async claimsOf(token: string, { typ, audience }: { typ: string; audience: string }): Promise<JwtClaims> {
    return this.#checked(token, { typ, audience, issuer: FIRST_PARTY.issuer })
  }

  async #checked(token: string, wanted: Omit<JwtExpectation, 'keys' | 'now_s'>): Promise<JwtClaims> {
    const expected = { ...wanted, now_s: Math.floor(this.#nowMs() / 1000) }
    let verdict = verifyJwt(token, { ...expected, keys: this.#keys })
    if (!verdict.ok && verdict.refusal === 'unknown_key' && this.#nowMs() - this.#keysAskedMs > 1_000) {
      await this.#fetchKeys()
      verdict = verifyJwt(token, { ...expected, keys: this.#keys })
    }
    if (!verdict.ok) throw unauthenticated()
    return verdict.claims
  }

  async #fetchKeys(): Promise<void> {
    try {
      const keys = (await this.#source.keys()).map(importVerifyingKey)
      this.#keys = new Map(keys.map((key) => [key.kid, key.publicKey]))
      this.#keysAskedMs = this.#nowMs()
    } catch (error) {
      throw new Fault('the keys of identity cannot be had', { cause: error })
    }
  }
}

function callerOf(claims: JwtClaims): Caller {
  const text = (name: string): string | null => (typeof claims[name] === 'string' ? claims[name] : null)
  const list = (name: string): string[] =>
    Array.isArray(claims[name]) ? claims[name].filter((item) => typeof item === 'string') : []
  return {
    ...anonymous,
    kind: 'user',
    sub: text('sub'),
    roles: list('roles'),
    customer_id: text('customer_id'),
    session_id: text('sid'),
    device_id: text('device_id'),
    amr: list('amr'),
  }
}

function unauthenticated(): Problem {
  return new Problem(platformProblems.UNAUTHENTICATED, {
    detail: 'The access token is missing, expired, revoked or not ours',
    headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
  })
}
