import { anonymous, type Caller, type Grant, type GrantDetail } from '#libs/contract/client.ts'
import type { JwtAlgorithm, JwtClaims } from '#libs/crypto/jwt.ts'

const FIRST_PARTY_ALGORITHMS: readonly JwtAlgorithm[] = ['EdDSA']

/** Tokens of third parties (RFC 9068): another algorithm, and so other keys, than those of people. */
const THIRD_PARTY_ALGORITHMS: readonly JwtAlgorithm[] = ['ES256']
const ROLES_OF_THIRD_PARTY: readonly string[] = ['customer']

/** What a token is bound to (RFC 7800): a key, a certificate or both; all that is named must be shown. */
export interface Binding {
  /** Thumbprint of the key that proofs are signed by (RFC 9449 §6). */
  jkt: string | undefined
  /** Thumbprint of the certificate of the connection (RFC 8705 §3.1). */
  certificate: string | undefined
}

/** What a verified token says. */
export interface Said {
  caller: Caller
  /** Seconds since 1970. */
  exp: number
  binding: Binding | null
}

/** How tokens of one family are checked. */
export interface Family {
  issuer: string
  audience: string
  typ: string
  algorithms: readonly JwtAlgorithm[]
  /** What verified claims say; undefined for claims that no token of the family has. */
  read(claims: JwtClaims): Said | undefined
}

interface Known {
  firstParty: Pick<Family, 'issuer' | 'audience' | 'typ'>
  isOurOrigin(origin: string): boolean
}

/**
 * The family that a token claims to be of, by its algorithm; undefined for a third party's whose issuer is no origin of ours. Nothing here is
 * believed yet: signature, issuer and audience are then checked for that family alone.
 */
export function familyOf(token: string, { firstParty, isOurOrigin }: Known): Family | undefined {
  const [header = '', payload = ''] = token.split('.', 2)
  if (memberOf(header, 'alg') !== 'ES256')
    return { ...firstParty, algorithms: FIRST_PARTY_ALGORITHMS, read: readFirstParty }
  const issuer = memberOf(payload, 'iss')
  if (issuer === undefined || !isOurOrigin(issuer)) return undefined
  const audience = `${issuer}/api/v1`
  return { issuer, audience, typ: 'at+jwt', algorithms: THIRD_PARTY_ALGORITHMS, read: readThirdParty }
}

function memberOf(part: string, name: string): string | undefined {
  try {
    const value = (JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>)?.[name]
    return typeof value === 'string' ? value : undefined
  } catch {
    return undefined
  }
}

/** RFC 9700 §2.2.1: what a client was given and is bound to nothing is refused; a key's token is made anew for each use, inside the bank. */
function readFirstParty(claims: JwtClaims): Said | undefined {
  const grant = claims.grant === undefined ? null : keyGrantOf(claims.grant)
  const binding = bindingOf(claims)
  const isBare = textOf(claims, 'client_id') !== null && grant === null && binding === null
  if (grant === undefined || binding === undefined || isBare) return undefined
  const person = personOf(claims)
  return { caller: { ...person, roles: listOf(claims.roles), grant }, exp: claims.exp, binding }
}

/** Never roles but the customer's: whatever such a token says, no member of staff acts by a third party. */
function readThirdParty(claims: JwtClaims): Said | undefined {
  const person = personOf(claims)
  const binding = bindingOf(claims)
  const isWhole = person.sub !== null && person.session_id !== null && person.client_id !== null
  if (!isWhole || binding === null || binding === undefined) return undefined
  const grant: Grant = {
    kind: 'third_party',
    scopes: (textOf(claims, 'scope') ?? '').split(' ').filter((scope) => scope !== ''),
    consent_id: textOf(claims, 'consent_id'),
    details: detailsOf(claims.authorization_details),
  }
  return { caller: { ...person, roles: ROLES_OF_THIRD_PARTY, grant }, exp: claims.exp, binding }
}

function personOf(claims: JwtClaims): Caller {
  return {
    ...anonymous,
    kind: 'user',
    sub: textOf(claims, 'sub'),
    customer_id: textOf(claims, 'customer_id'),
    session_id: textOf(claims, 'sid'),
    client_id: textOf(claims, 'client_id'),
    device_id: textOf(claims, 'device_id'),
    ...(Number.isSafeInteger(claims.cooling_until) ? { cooling_until: claims.cooling_until as number } : {}),
    amr: listOf(claims.amr),
    acr: textOf(claims, 'acr'),
    auth_time: Number.isSafeInteger(claims.auth_time) ? (claims.auth_time as number) : null,
  }
}

/** The grant of a business customer's key; undefined for anything else that calls itself a grant. */
function keyGrantOf(claim: unknown): Grant | undefined {
  const { kind, scopes, details } = Object(claim) as Record<string, unknown>
  if (kind !== 'api_key' || !Array.isArray(scopes)) return undefined
  return { kind, scopes: listOf(scopes), consent_id: null, details: detailsOf(details) }
}

/** RFC 7800 §3.1: null without a binding, undefined for one that nobody here can check. */
function bindingOf({ cnf }: JwtClaims): Binding | null | undefined {
  if (cnf === undefined) return null
  const { jkt, 'x5t#S256': certificate, ...others } = Object(cnf) as Record<string, unknown>
  if (Object.keys(others).length > 0 || (jkt === undefined && certificate === undefined)) return undefined
  if (!isTextOrNone(jkt) || !isTextOrNone(certificate)) return undefined
  return { jkt, certificate }
}

function isTextOrNone(value: unknown): value is string | undefined {
  return value === undefined || (typeof value === 'string' && value !== '')
}

function detailsOf(value: unknown): GrantDetail[] {
  if (!Array.isArray(value)) return []
  return value.filter((detail): detail is GrantDetail => typeof Object(detail).type === 'string')
}

function textOf(claims: JwtClaims, name: string): string | null {
  return typeof claims[name] === 'string' ? claims[name] : null
}

function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}
