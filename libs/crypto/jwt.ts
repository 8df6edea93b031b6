import { type KeyObject, sign, verify } from 'node:crypto'
import type { SigningKey } from './signing-keys.ts'

/** Claims of a verified token; times are seconds since 1970. */
export type JwtClaims = {
  readonly iss: string
  readonly aud: string | readonly string[]
  readonly iat: number
  readonly exp: number
  readonly [claim: string]: unknown
}

/** Why a token is refused. A caller answers all of them alike; a log may tell them apart. */
export type JwtRefusal =
  | 'too_long'
  | 'malformed'
  | 'wrong_algorithm'
  | 'wrong_type'
  | 'unknown_key'
  | 'wrong_signature'
  | 'wrong_issuer'
  | 'wrong_audience'
  | 'not_yet_valid'
  | 'expired'

export type JwtVerdict =
  | { readonly ok: true; readonly claims: JwtClaims }
  | { readonly ok: false; readonly refusal: JwtRefusal }

/** Signatures that are made and read here: Ed25519 (RFC 8037), and ECDSA over P-256 with SHA-256 (RFC 7518 §3.4). */
export type JwtAlgorithm = 'EdDSA' | 'ES256'

export type JwtExpectation = {
  readonly keys: ReadonlyMap<string, KeyObject>
  /** The exact `typ` of the header, like `at+jwt`: a token made for something else is no access token. */
  readonly typ: string
  /** What this audience's tokens may be signed by; EdDSA alone unless told. The key must be of that kind, whatever a header says. */
  readonly algorithms?: readonly JwtAlgorithm[]
  readonly issuer: string
  readonly audience: string
  readonly now_s: number
  /** How far ahead the signer's clock may be (`iat`, `nbf`); 5 unless told. Expiry has no tolerance. */
  readonly ahead_s?: number
}

/** No token is longer, so that a header stays within what servers accept. */
export const LONGEST_JWT = 8192

/**
 * How far apart the clocks of two of our own processes may be, in seconds, for their tokens to hold. A process sets its own clock right by its
 * database's, but two database servers may differ, and a new process has not asked yet.
 */
export const CLOCKS_APART_S = 35

/** Names of keys that a header may bring along instead of naming one of ours (RFC 7515 §4.1.2 to §4.1.6): none is ever followed. */
const KEYS_OF_STRANGERS = ['jku', 'jwk', 'x5u', 'x5c', 'x5t', 'x5t#S256'] as const

/**
 * A token (RFC 7519) signed by what its key is for, EdDSA or ES256, with `iat` = `now_s` and `exp` = `now_s + ttl_s`, whole seconds.
 * RangeError for a time that is no whole number, a life of nothing, a key of another kind, or a token beyond LONGEST_JWT.
 */
export function signJwt(
  claims: Readonly<Record<string, unknown>>,
  { key, typ, ttl_s, now_s }: { key: SigningKey; typ: string; ttl_s: number; now_s: number },
): string {
  const alg = algorithmOf(key.privateKey)
  if (alg === undefined) throw new RangeError('a token is signed by an Ed25519 or a P-256 key')
  if (!Number.isSafeInteger(now_s) || !Number.isSafeInteger(ttl_s) || ttl_s < 1) {
    throw new RangeError('a token needs whole seconds and a life of at least one')
  }
  const header = encoded({ alg, typ, kid: key.kid })
  const payload = encoded({ ...claims, iat: now_s, exp: now_s + ttl_s })
  const signature = sign(DIGESTS[alg], Buffer.from(`${header}.${payload}`, 'ascii'), inJwsForm(key.privateKey))
  const token = `${header}.${payload}.${signature.toString('base64url')}`
  if (token.length > LONGEST_JWT) throw new RangeError(`a token of ${token.length} characters is too long`)
  return token
}

/** The claims of a token that holds in every respect, or the first respect in which it does not. Never throws for any text. */
export function verifyJwt(token: string, expected: JwtExpectation): JwtVerdict {
  if (token.length > LONGEST_JWT) return refused('too_long')
  const [headerText = '', payloadText = '', signatureText = '', ...more] = token.split('.', 4)
  const header = decoded(headerText)
  const signature = canonicalBytes(signatureText)
  if (!header || !signature || more.length > 0) return refused('malformed')
  const alg = (expected.algorithms ?? ['EdDSA']).find((name) => name === header.alg)
  if (alg === undefined) return refused('wrong_algorithm')
  // RFC 7515 §4.1.11: an extension that must be understood, and is not, makes the token invalid.
  if (header.crit !== undefined || KEYS_OF_STRANGERS.some((name) => name in header)) return refused('malformed')
  if (header.typ !== expected.typ) return refused('wrong_type')
  const { kid } = header
  const key = typeof kid === 'string' ? expected.keys.get(kid) : undefined
  if (key === undefined || algorithmOf(key) !== alg) return refused('unknown_key')
  const signed = Buffer.from(`${headerText}.${payloadText}`, 'utf8')
  if (!verify(DIGESTS[alg], signed, inJwsForm(key), signature)) return refused('wrong_signature')
  const claims = decoded(payloadText)
  return claims ? checkedClaims(claims, expected) : refused('malformed')
}

/** EdDSA hashes by itself. */
const DIGESTS: Readonly<Record<JwtAlgorithm, string | null>> = { EdDSA: null, ES256: 'sha256' }

/** What a key is for; undefined for what is for nothing here. */
function algorithmOf(key: KeyObject): JwtAlgorithm | undefined {
  if (key.asymmetricKeyType === 'ed25519') return 'EdDSA'
  const isP256 = key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1'
  return isP256 ? 'ES256' : undefined
}

/** RFC 7518 §3.4: a signature by ECDSA is its two numbers, one after the other. */
function inJwsForm(key: KeyObject): { key: KeyObject; dsaEncoding: 'ieee-p1363' } {
  return { key, dsaEncoding: 'ieee-p1363' }
}

function checkedClaims(claims: Record<string, unknown>, expected: JwtExpectation): JwtVerdict {
  const { iss, aud, iat, exp, nbf = iat } = claims
  if (!isSeconds(iat) || !isSeconds(exp) || !isSeconds(nbf)) return refused('malformed')
  if (iss !== expected.issuer) return refused('wrong_issuer')
  const audiences: unknown[] = Array.isArray(aud) ? aud : [aud]
  if (!audiences.includes(expected.audience) || !audiences.every((name) => typeof name === 'string')) {
    return refused('wrong_audience')
  }
  const latest_s = expected.now_s + (expected.ahead_s ?? 5)
  if (iat > latest_s || nbf > latest_s) return refused('not_yet_valid')
  if (expected.now_s >= exp) return refused('expired')
  return { ok: true, claims: { ...claims, iss: expected.issuer, aud: aud as string | string[], iat, exp } }
}

function refused(refusal: JwtRefusal): JwtVerdict {
  return { ok: false, refusal }
}

function isSeconds(value: unknown): value is number {
  return Number.isSafeInteger(value)
}

function encoded(part: Readonly<Record<string, unknown>>): string {
  return Buffer.from(JSON.stringify(part), 'utf8').toString('base64url')
}

function decoded(text: string): Record<string, unknown> | undefined {
  const bytes = canonicalBytes(text)
  if (!bytes) return undefined
  try {
    const part: unknown = JSON.parse(bytes.toString('utf8'))
    return typeof part === 'object' && part !== null && !Array.isArray(part)
      ? (part as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

/** The decoder forgives unused bits and strange characters; a token has exactly one spelling. */
function canonicalBytes(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url')
  return text !== '' && bytes.toString('base64url') === text ? bytes : undefined
}
