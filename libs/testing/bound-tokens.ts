import { generateKeyPairSync, hash, type KeyObject, randomUUID } from 'node:crypto'
import { calculateJwkThumbprint, type JWK, SignJWT } from 'jose'
import type { SigningKey } from '#libs/crypto/signing-keys.ts'

/** A P-256 key, as third parties' tokens are signed by, under a name of its own. */
export function generateEcKey(kid: string = randomUUID()): SigningKey {
  return { kid, ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) }
}

/** The public JWK of a P-256 key. */
export function publicEcJwk({ kid, publicKey }: SigningKey): Record<string, unknown> {
  return { ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' }
}

/** What a proof is made for, and what is wrong with it where something is. */
export interface ProofFor {
  htm: string
  htu: string
  token: string
  now_s: number
  claims?: Record<string, unknown>
  header?: Record<string, unknown>
  signedBy?: KeyObject
}

/** The key of a client that proves its possession (RFC 9449). */
export interface DpopKey {
  jkt: string
  jwk: JWK
  privateKey: KeyObject
  proof(wanted: ProofFor): Promise<string>
}

/** A client's key and the proofs it makes. */
export async function dpopKey(alg: 'ES256' | 'EdDSA' | 'PS256' = 'ES256'): Promise<DpopKey> {
  const { publicKey, privateKey } = pairOf(alg)
  const jwk = publicKey.export({ format: 'jwk' }) as JWK
  const proof = async ({ htm, htu, token, now_s, claims, header, signedBy }: ProofFor): Promise<string> => {
    const ath = hash('sha256', token, 'base64url')
    return new SignJWT({ jti: randomUUID(), iat: now_s, htm, htu, ath, ...claims })
      .setProtectedHeader({ typ: 'dpop+jwt', alg, jwk, ...header })
      .sign(signedBy ?? privateKey)
  }
  return { jkt: await calculateJwkThumbprint(jwk), jwk, privateKey, proof }
}

function pairOf(alg: string): { publicKey: KeyObject; privateKey: KeyObject } {
  if (alg === 'EdDSA') return generateKeyPairSync('ed25519')
  if (alg === 'PS256') return generateKeyPairSync('rsa', { modulusLength: 2048 })
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
}
