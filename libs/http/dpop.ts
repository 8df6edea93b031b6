import { hash } from 'node:crypto'
import { type CryptoKey, calculateJwkThumbprint, decodeProtectedHeader, importJWK, type JWK, jwtVerify } from 'jose'

/** Algorithms that a proof may be signed by (RFC 9449 §4.3, 5): asymmetric ones only. */
export const DPOP_ALGORITHMS = ['ES256', 'EdDSA', 'PS256'] as const
/** How far a proof's `iat` may be from now, both ways, in seconds. */
export const DPOP_WINDOW_S = 10

const LONGEST_PROOF = 4096
const LONGEST_JTI = 256
const MOST_KEYS = 2_000
const COMPACT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/
/** RFC 7518 §6: members that only a private or a shared key has. */
const SECRET_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'] as const
const PUBLIC_MEMBERS = ['kty', 'crv', 'x', 'y', 'n', 'e'] as const

/** What a proof must have been made for. */
export interface DpopExpectation {
  method: string
  /** The path of the request as it came, with or without its query. */
  path: string
  /** Where the request came to: the origins that the bank is known by there. */
  origins: readonly string[]
  /** The access token that it came with. */
  token: string
  /** The thumbprint (RFC 7638) of the key that the token is bound to. */
  jkt: string
  now_s: number
}

/** What is to be spent of a proof that holds. */
export interface DpopProof {
  jti: string
  /** From when it is refused by its time alone, in seconds since 1970. */
  until_s: number
}

/**
 * Checks a proof of possession (RFC 9449 §4.3) of the key that an access token is bound to, all but its single use, which is the caller's to
 * see to by `jti`. Undefined for one that does not hold in some respect; never throws for any text.
 */
export async function checkDpopProof(proof: string, expected: DpopExpectation): Promise<DpopProof | undefined> {
  if (proof.length > LONGEST_PROOF || !COMPACT.test(proof)) return undefined
  try {
    const { jwk, alg, crit } = decodeProtectedHeader(proof)
    const algorithm = DPOP_ALGORITHMS.find((name) => name === alg)
    if (algorithm === undefined || jwk === undefined || crit !== undefined) return undefined
    if (SECRET_MEMBERS.some((name) => name in jwk)) return undefined
    const { thumbprint, key } = await publicKeyOf(jwk, algorithm)
    if (thumbprint !== expected.jkt) return undefined
    const { payload } = await jwtVerify(proof, key, {
      typ: 'dpop+jwt',
      algorithms: [algorithm],
      currentDate: new Date(expected.now_s * 1000),
    })
    const { jti, iat, htm, htu, ath } = payload
    if (typeof jti !== 'string' || jti === '' || jti.length > LONGEST_JTI) return undefined
    if (!Number.isSafeInteger(iat) || Math.abs(expected.now_s - (iat as number)) > DPOP_WINDOW_S) return undefined
    if (htm !== expected.method || ath !== hash('sha256', expected.token, 'base64url')) return undefined
    if (typeof htu !== 'string' || !isTarget(htu, expected)) return undefined
    return { jti, until_s: (iat as number) + DPOP_WINDOW_S + 1 }
  } catch {
    return undefined
  }
}

/** Keys that proofs came with, by thumbprint and algorithm: reading one costs as much as checking a signature. */
const keys = new Map<string, CryptoKey>()

async function publicKeyOf(jwk: JWK, alg: string): Promise<{ thumbprint: string; key: CryptoKey }> {
  const thumbprint = await calculateJwkThumbprint(jwk, 'sha256')
  const name = `${alg} ${thumbprint}`
  const known = keys.get(name)
  if (known !== undefined) return { thumbprint, key: known }
  const members = PUBLIC_MEMBERS.flatMap((member) => (jwk[member] === undefined ? [] : [[member, jwk[member]]]))
  const key = (await importJWK(Object.fromEntries(members) as JWK, alg)) as CryptoKey
  if (keys.size >= MOST_KEYS) keys.delete(keys.keys().next().value as string)
  keys.set(name, key)
  return { thumbprint, key }
}

/** RFC 9449 §4.3, 9: the target without query and fragment, after the normalisation of RFC 3986 §6.2.2 and §6.2.3. */
function isTarget(htu: string, { origins, path }: DpopExpectation): boolean {
  if (!URL.canParse(htu)) return false
  const told = new URL(htu)
  if (told.username !== '' || told.password !== '') return false
  return origins.some((origin) => {
    const own = new URL(path.startsWith('/') ? origin + path : origin)
    return own.origin === told.origin && normal(own.pathname) === normal(told.pathname)
  })
}

/** RFC 3986 §6.2.2: hexadecimal digits in upper case, and nothing encoded that need not be. */
function normal(pathname: string): string {
  return pathname.replace(/%[0-9a-f]{2}/gi, (encoded) => {
    const character = String.fromCharCode(Number.parseInt(encoded.slice(1), 16))
    return /[A-Za-z0-9._~-]/.test(character) ? character : encoded.toUpperCase()
  })
}
