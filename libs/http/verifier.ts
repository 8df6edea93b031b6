import { hash, type KeyObject } from 'node:crypto'
import type { Caller } from '#libs/contract/client.ts'
import { CLOCKS_APART_S, type JwtClaims, type JwtExpectation, verifyJwt } from '#libs/crypto/jwt.ts'
import { jwtKeysOf } from '#libs/crypto/jwt-keys.ts'
import { Fault, invariant, Problem, platformProblems } from '#libs/problem/problem.ts'
import { checkDpopProof, DPOP_ALGORITHMS } from './dpop.ts'
import { VerifiedTokens } from './verifier-cache.ts'
import { type Binding, familyOf, type Said } from './verifier-families.ts'

/** Tokens of people who signed in at the bank itself, and of what acts for them inside it. */
export const FIRST_PARTY = { issuer: 'urn:bankflow:identity', audience: 'bankflow-first-party', typ: 'at+jwt' } as const

/** What a verifier asks identity for. */
export interface IdentitySource {
  /** The public keys (JWKS) of identity. */
  keys(): Promise<readonly unknown[]>
  /** Sessions revoked since the cursor (null: within the life of a token), and the next cursor. */
  revocations(after: string | null): Promise<{ session_ids: readonly string[]; cursor: string }>
  isActive(session_id: string): Promise<boolean>
  /**
   * Whether `jti` was never spent in its namespace before, in all of the bank; it is from now on, until `until_s`. Left out behind the edge,
   * where no proof is looked at.
   */
  spendOnce?(spent: { namespace: string; jti: string; until_s: number }): Promise<boolean>
}

/** What a request shows beside its token. */
export type Shown =
  /** At the edge: how it came, its proof (RFC 9449), and its connection's certificate (RFC 8705). */
  | {
      at: 'edge'
      method: string
      path: string
      origins: readonly string[]
      dpop: string | undefined
      certificate: string | null
    }
  /** Behind the edge: the access token (SHA-256, base64url) whose possession the gateway says it has seen. */
  | { at: 'service'; pop: string | null }

/** A token as it was presented. */
export interface Presented {
  scheme: 'Bearer' | 'DPoP'
  shown: Shown
}

const STALE_AFTER_MS = 1_000
const POLL_MS = 400
/** A token on its own, from somebody of whom nothing else is known. */
const BARE: Presented = { scheme: 'Bearer', shown: { at: 'service', pop: null } }

/** Turns access tokens into callers, and honours a revocation within a second. */
export class TokenVerifier {
  readonly #source: IdentitySource
  readonly #nowMs: () => number
  readonly #isOurOrigin: (origin: string) => boolean
  readonly #verified = new VerifiedTokens<Said>()
  /** Revoked sessions with the second after which no token of theirs can be alive. */
  readonly #revoked = new Map<string, number>()
  #keys: ReadonlyMap<string, KeyObject> = new Map()
  #keysAskedMs = Number.NEGATIVE_INFINITY
  #cursor: string | null = null
  #freshMs = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | undefined
  #polling: Promise<void> | undefined
  #fetching: Promise<void> | undefined

  /** `isOurOrigin` says which origins third parties may know the bank by; none without it, and so no token of theirs. */
  constructor(
    source: IdentitySource,
    nowMs: () => number = Date.now,
    isOurOrigin: (origin: string) => boolean = () => false,
  ) {
    this.#source = source
    this.#nowMs = nowMs
    this.#isOurOrigin = isOurOrigin
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

  /** Something was revoked just now: asks for it, after a question that is under way, which may have come too early. */
  async hurry(): Promise<void> {
    await this.#polling
    return this.refresh()
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

  /**
   * The caller of a token of either family, or a 401 Problem that says no more than which credential is wrong. What is bound to a key or a
   * certificate needs it shown. Fault when identity's keys cannot be had.
   */
  async verify(token: string, { scheme, shown }: Presented = BARE): Promise<Caller> {
    const nowMs = this.#nowMs()
    const known = this.#verified.get(token, nowMs)
    const said = known ?? (await this.#saidBy(token))
    if (said.exp <= Math.floor(nowMs / 1000) || this.#isRevoked(said.caller)) throw unauthenticated()
    if (known === undefined) this.#verified.set(token, said, nowMs)
    // RFC 9449 §7.1: the scheme says how a token is bound, and each token has one.
    if ((scheme === 'DPoP') !== (said.binding?.jkt !== undefined)) throw unauthenticated(scheme)
    if (said.binding !== null) await this.#requirePossession(token, said.binding, shown)
    return said.caller
  }

  async #saidBy(token: string): Promise<Said> {
    const family = familyOf(token, { firstParty: FIRST_PARTY, isOurOrigin: this.#isOurOrigin })
    const said = family?.read(await this.#checked(token, family))
    if (said === undefined) throw unauthenticated()
    return said
  }

  async #requirePossession(token: string, binding: Binding, shown: Shown): Promise<void> {
    if (shown.at === 'service') {
      if (shown.pop === null || shown.pop !== hash('sha256', token, 'base64url')) throw unauthenticated()
      return
    }
    if (binding.certificate !== undefined && binding.certificate !== shown.certificate) throw unauthenticated()
    const { jkt } = binding
    if (jkt === undefined) return
    const now_s = Math.floor(this.#nowMs() / 1000)
    const proof = await checkDpopProof(shown.dpop ?? '', { ...shown, token, jkt, now_s })
    // Last of all: only who has token and key may make identity remember anything.
    if (proof === undefined || !(await this.#isFirst(`dpop ${jkt}`, proof))) throw proofRefused()
  }

  async #isFirst(namespace: string, { jti, until_s }: { jti: string; until_s: number }): Promise<boolean> {
    try {
      invariant(this.#source.spendOnce !== undefined, 'a verifier at the edge knows who keeps what was spent')
      return await this.#source.spendOnce({ namespace, jti, until_s })
    } catch (error) {
      throw new Fault('identity cannot say whether a proof is new', { cause: error })
    }
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
    const expected = { ...wanted, now_s: Math.floor(this.#nowMs() / 1000), ahead_s: CLOCKS_APART_S }
    let verdict = verifyJwt(token, { ...expected, keys: this.#keys })
    if (!verdict.ok && verdict.refusal === 'unknown_key' && this.#nowMs() - this.#keysAskedMs > 1_000) {
      await this.#fetchKeys()
      verdict = verifyJwt(token, { ...expected, keys: this.#keys })
    }
    if (!verdict.ok) throw unauthenticated()
    return verdict.claims
  }

  /** Of many at once one asks: keys that nobody knows are easily made up, and each question costs identity one of its database. */
  #fetchKeys(): Promise<void> {
    this.#fetching ??= this.#readKeys().finally(() => {
      this.#fetching = undefined
    })
    return this.#fetching
  }

  async #readKeys(): Promise<void> {
    try {
      this.#keys = jwtKeysOf(await this.#source.keys())
      this.#keysAskedMs = this.#nowMs()
    } catch (error) {
      throw new Fault('the keys of identity cannot be had', { cause: error })
    }
  }
}

function unauthenticated(scheme: Presented['scheme'] = 'Bearer'): Problem {
  return refusal(
    'The access token is missing, expired, revoked, not ours or not yours',
    `${scheme} error="invalid_token"`,
  )
}

/** RFC 9449 §7.1. */
function proofRefused(): Problem {
  const challenge = `DPoP error="invalid_dpop_proof", algs="${DPOP_ALGORITHMS.join(' ')}"`
  return refusal('The DPoP proof is missing, was used before, or is not for this request, token and moment', challenge)
}

function refusal(detail: string, challenge: string): Problem {
  return new Problem(platformProblems.UNAUTHENTICATED, { detail, headers: { 'www-authenticate': challenge } })
}
