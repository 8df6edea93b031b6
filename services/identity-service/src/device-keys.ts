import { createHash, createPublicKey, type JsonWebKeyInput, verify } from 'node:crypto'

/** A public key of a device: P-256, or Ed25519. */
export interface DeviceKey {
  kty: 'EC' | 'OKP'
  crv: 'P-256' | 'Ed25519'
  x: string
  y?: string
}

/** RFC 7638: the SHA-256 over the required members in the order of their names, base64url. */
export function thumbprintOf({ kty, crv, x, y }: DeviceKey): string {
  const members = kty === 'EC' ? { crv, kty, x, y } : { crv, kty, x }
  return createHash('sha256').update(JSON.stringify(members)).digest('base64url')
}

/** What a new key signs: that whoever holds it wants it to be a device's, in answer to this proof. */
export function registrationText(challenge_id: string, key: DeviceKey): string {
  return ['bankflow-device-key', challenge_id, thumbprintOf(key)].join('\n')
}

/** What a device's key signs to approve or deny: this challenge, what it confirms, and the number of the other screen. */
export function decisionText(decided: {
  challenge_id: string
  digest: string | null
  decision: 'APPROVE' | 'DENY'
  match_number: string | null
}): string {
  const { challenge_id, digest, decision, match_number } = decided
  return ['bankflow-approval', challenge_id, digest ?? '', decision, match_number ?? ''].join('\n')
}

/** True when the signature (base64url; r and s for P-256) is the key's over the text. A key that is no point of its curve signs nothing. */
export function isSignedBy(key: DeviceKey, text: string, signature: string): boolean {
  if ((key.kty === 'EC') !== (key.crv === 'P-256')) return false
  try {
    const publicKey = createPublicKey({ format: 'jwk', key: { ...key } as JsonWebKeyInput['key'] })
    const bytes = Buffer.from(signature, 'base64url')
    return key.kty === 'EC'
      ? verify('sha256', Buffer.from(text), { key: publicKey, dsaEncoding: 'ieee-p1363' }, bytes)
      : verify(null, Buffer.from(text), publicKey, bytes)
  } catch {
    return false
  }
}
