import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'

/** An Ed25519 key pair. `kid` is the RFC 7638 thumbprint of the public key, so the same key has the same name everywhere. */
export type SigningKey = { readonly kid: string; readonly privateKey: KeyObject; readonly publicKey: KeyObject }

/** The public half as it stands in a JWKS (RFC 8037). */
export type PublicJwk = {
  readonly kty: 'OKP'
  readonly crv: 'Ed25519'
  readonly x: string
  readonly kid: string
  readonly alg: 'EdDSA'
  readonly use: 'sig'
}

/** The whole pair, to be kept in a file of its own: `d` is the secret. */
export type PrivateJwk = PublicJwk & { readonly d: string }

/** A key that is not an Ed25519 JWK, or whose parts contradict each other; never shows the key. */
export class SigningKeyRefused extends Error {
  override readonly name = 'SigningKeyRefused'
}

/** A new random Ed25519 key pair. */
export function generateSigningKey(): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  return { kid: thumbprint(xOf(publicKey)), privateKey, publicKey }
}

/** The public JWK of a key, to publish. */
export function publicJwk(key: Pick<SigningKey, 'publicKey'>): PublicJwk {
  const x = xOf(key.publicKey)
  return { kty: 'OKP', crv: 'Ed25519', x, kid: thumbprint(x), alg: 'EdDSA', use: 'sig' }
}

/** The private JWK of a key, to store where only its owner reads. */
export function privateJwk(key: SigningKey): PrivateJwk {
  const { d } = key.privateKey.export({ format: 'jwk' })
  if (d === undefined) throw new SigningKeyRefused('the key has no private part')
  return { ...publicJwk(key), d }
}

/** The pair of a private JWK; SigningKeyRefused unless it is Ed25519, its halves belong together and its `kid`, if any, is its thumbprint. */
export function importSigningKey(jwk: unknown): SigningKey {
  const { x, d } = checkedJwk(jwk)
  if (typeof d !== 'string') throw new SigningKeyRefused('a signing key needs its private part')
  const privateKey = imported(() => createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', x, d }, format: 'jwk' }))
  const publicKey = createPublicKey(privateKey)
  if (xOf(publicKey) !== x) throw new SigningKeyRefused('the private and the public part are of different keys')
  return { kid: thumbprint(x), privateKey, publicKey }
}

/** The key of a public JWK and its `kid`; SigningKeyRefused as above. A private part is not looked at. */
export function importVerifyingKey(jwk: unknown): { readonly kid: string; readonly publicKey: KeyObject } {
  const { x } = checkedJwk(jwk)
  const publicKey = imported(() => createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }))
  return { kid: thumbprint(x), publicKey }
}

/** The keys of a JWKS by their `kid`, as `verifyJwt` takes them; SigningKeyRefused when one of them is. */
export function keysOf(jwks: readonly unknown[]): ReadonlyMap<string, KeyObject> {
  return new Map(jwks.map(importVerifyingKey).map(({ kid, publicKey }) => [kid, publicKey]))
}

function checkedJwk(jwk: unknown): { readonly x: string; readonly d: unknown } {
  const { kty, crv, x, d, kid, alg } = Object(jwk) as Record<string, unknown>
  if (kty !== 'OKP' || crv !== 'Ed25519' || typeof x !== 'string' || (alg !== undefined && alg !== 'EdDSA')) {
    throw new SigningKeyRefused('only Ed25519 keys (kty OKP, crv Ed25519, alg EdDSA) are used')
  }
  if (kid !== undefined && kid !== thumbprint(x))
    throw new SigningKeyRefused('the kid is not the thumbprint of the key')
  return { x, d }
}

function imported(create: () => KeyObject): KeyObject {
  try {
    return create()
  } catch {
    throw new SigningKeyRefused('the JWK is malformed')
  }
}

function xOf(publicKey: KeyObject): string {
  const { crv, x } = publicKey.export({ format: 'jwk' })
  if (crv !== 'Ed25519' || x === undefined) throw new SigningKeyRefused('only Ed25519 keys are used')
  return x
}

/** RFC 7638: SHA-256 over the required members in alphabetic order, without blanks. */
function thumbprint(x: string): string {
  return createHash('sha256')
    .update(`{"crv":"Ed25519","kty":"OKP","x":${JSON.stringify(x)}}`)
    .digest('base64url')
}
