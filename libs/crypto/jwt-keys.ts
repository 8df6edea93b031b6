import { createPublicKey, type KeyObject } from 'node:crypto'
import { importVerifyingKey, SigningKeyRefused } from './signing-keys.ts'

/**
 * The keys of a published set (RFC 7517) that tokens are verified by, under their `kid`: Ed25519 and P-256. Keys for something else, like the
 * RSA key that signs ID tokens, are left out. SigningKeyRefused when one contradicts itself, or when two have one name: a set is ours as a
 * whole, or it is not.
 */
export function jwtKeysOf(jwks: readonly unknown[]): ReadonlyMap<string, KeyObject> {
  const keys = new Map<string, KeyObject>()
  for (const jwk of jwks) {
    const found = verifyingKeyOf(Object(jwk))
    if (found === undefined) continue
    if (keys.has(found.kid)) throw new SigningKeyRefused('two keys of a set have one name')
    keys.set(found.kid, found.publicKey)
  }
  return keys
}

function verifyingKeyOf(jwk: Record<string, unknown>): { kid: string; publicKey: KeyObject } | undefined {
  if (jwk.use !== undefined && jwk.use !== 'sig') return undefined
  if (jwk.kty === 'OKP') return importVerifyingKey(jwk)
  if (jwk.kty !== 'EC') return undefined
  const { crv, x, y, kid, alg } = jwk
  const isP256 = crv === 'P-256' && typeof x === 'string' && typeof y === 'string'
  if (!isP256 || typeof kid !== 'string' || (alg !== undefined && alg !== 'ES256'))
    throw new SigningKeyRefused('an elliptic key of the set must be P-256, for ES256, and have a kid')
  try {
    // Members are named one by one: nothing else of the JWK (a private part) is looked at. A point off the curve is refused by OpenSSL.
    return { kid, publicKey: createPublicKey({ key: { kty: 'EC', crv, x, y }, format: 'jwk' }) }
  } catch {
    throw new SigningKeyRefused('the JWK is malformed')
  }
}
