import { hash } from 'node:crypto'

/** An id that is always the same for the same text: a UUID of version 8 (RFC 9562 §5.8) of its SHA-256. */
export function idFrom(text: string): string {
  const digest = hash('sha256', `bankflow demo ${text}`, 'hex')
  return `${digest.slice(0, 8)}-${digest.slice(8, 12)}-8${digest.slice(13, 16)}-a${digest.slice(17, 20)}-${digest.slice(20, 32)}`
}
