import { crc32 } from 'node:zlib'
import { randomToken } from '#libs/crypto/tokens.ts'

/**
 * `bfk_<id of the key>_<32 random bytes>_<CRC-32 of all before>`: what it is and whose can be read off a leaked one, and a scanner of code or logs
 * knows it from any other text without asking the bank.
 */
const FORM = /^(bfk_[0-9a-f]{32}_[A-Za-z0-9_-]{43})_([0-9a-f]{8})$/

/** What all secrets of a key begin with. */
export function prefixOf(key_id: string): string {
  return `bfk_${key_id.replaceAll('-', '').toLowerCase()}`
}

/** A new secret of a key. */
export function newApiKeySecret(key_id: string): string {
  const body = `${prefixOf(key_id)}_${randomToken(32)}`
  return `${body}_${checksumOf(body)}`
}

/** True for what could be one: anything else, and one with a typing error, is not looked for. */
export function isApiKeySecret(text: string): boolean {
  const [, body = '', checksum] = FORM.exec(text) ?? []
  return checksum !== undefined && checksum === checksumOf(body)
}

function checksumOf(body: string): string {
  return crc32(body).toString(16).padStart(8, '0')
}
