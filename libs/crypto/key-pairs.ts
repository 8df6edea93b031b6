import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { sha256 } from './tokens.ts'

/** Algorithms of keys that partners outside verify by, beside the bank's own EdDSA (JWA, RFC 7518 §3.1; FAPI 2.0 allows these three). */
export type PartnerAlgorithm = 'ES256' | 'PS256'

/** A key pair of one algorithm. `kid` is the RFC 7638 thumbprint of the public key. */
export interface KeyPair {
  readonly alg: PartnerAlgorithm
  readonly kid: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

type PrivateJwkInput = Extract<Parameters<typeof createPrivateKey>[0], { format: 'jwk' }>['key']

const generated = promisify(generateKeyPair)
const RSA_BITS = 2_048
/** The members of a public key, in the order in which RFC 7638 §3.2 hashes them. */
const MEMBERS: Readonly<Record<PartnerAlgorithm, readonly string[]>> = {
  ES256: ['crv', 'kty', 'x', 'y'],
  PS256: ['e', 'kty', 'n'],
}

/** A new random pair: P-256 for ES256, RSA of 2048 bits for PS256. */
export async function generateKeyPairFor(alg: PartnerAlgorithm): Promise<KeyPair> {
  const { privateKey } =
    alg === 'ES256'
      ? await generated('ec', { namedCurve: 'P-256' })
      : await generated('rsa', { modulusLength: RSA_BITS })
  return pairOf(alg, privateKey)
}

/** The public JWK of a pair, to publish. */
export function publicJwkOf({ alg, kid, publicKey }: KeyPair): Record<string, string> {
  return { ...publicMembers(alg, publicKey), kid, alg, use: 'sig' }
}

/** The private JWK of a pair, to store where only its owner reads. */
export function privateJwkOf({ alg, kid, privateKey }: KeyPair): Record<string, unknown> {
  return { ...privateKey.export({ format: 'jwk' }), kid, alg, use: 'sig' }
}

/** The pair of a private JWK as `privateJwkOf` wrote it. Throws for anything else. */
export function importKeyPair(jwk: Readonly<Record<string, unknown>>): KeyPair {
  const { alg, kid } = jwk
  if (alg !== 'ES256' && alg !== 'PS256') throw new TypeError('a partner key is of ES256 or PS256')
  const pair = pairOf(alg, createPrivateKey({ key: jwk as object as PrivateJwkInput, format: 'jwk' }))
  if (pair.kid !== kid) throw new TypeError('the kid is not the thumbprint of the key')
  return pair
}

function pairOf(alg: PartnerAlgorithm, privateKey: KeyObject): KeyPair {
  const publicKey = createPublicKey(privateKey)
  const members = publicMembers(alg, publicKey)
  return { alg, kid: sha256(JSON.stringify(members)).toString('base64url'), privateKey, publicKey }
}

function publicMembers(alg: PartnerAlgorithm, publicKey: KeyObject): Record<string, string> {
  const jwk = publicKey.export({ format: 'jwk' }) as Record<string, string>
  return Object.fromEntries(MEMBERS[alg].map((name) => [name, jwk[name] as string]))
}
