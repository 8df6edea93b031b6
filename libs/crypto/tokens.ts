import { createHash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto'

/** `bytes` random bytes as base64url: 43 characters for the 32 bytes that a bearer secret has unless told. */
export function randomToken(bytes = 32): string {
  if (!Number.isInteger(bytes) || bytes < 16 || bytes > 1024) throw new RangeError('a token has 16 to 1024 bytes')
  return randomBytes(bytes).toString('base64url')
}

/** The 32 bytes of SHA-256 over a text (as UTF-8) or bytes. For tokens with full entropy; passwords belong to `password.ts`. */
export function sha256(data: string | Uint8Array): Buffer {
  return createHash('sha256').update(data).digest()
}

/** `count` (1 to 32) digits, each equally likely, leading zeros included: a code to be typed. */
export function randomDigits(count: number): string {
  if (!Number.isInteger(count) || count < 1 || count > 32) throw new RangeError('a code has 1 to 32 digits')
  return Array.from({ length: count }, () => randomInt(10)).join('')
}

/** Whether both are the same bytes, in a time that tells nothing of where or in what length they differ. */
export function sameBytes(a: string | Uint8Array, b: string | Uint8Array): boolean {
  return timingSafeEqual(sha256(a), sha256(b))
}
