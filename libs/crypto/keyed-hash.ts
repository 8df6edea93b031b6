import { createHmac } from 'node:crypto'
import type { KeyProvider } from './key-provider.ts'

/**
 * HMAC-SHA-256 with a subkey of the provider, as base64url (43 characters): finds an encrypted value, like an e-mail
 * address, without storing it and without letting a stolen table be tried against a list. The caller normalises first.
 */
export function keyedHash(provider: KeyProvider, purpose: string): (value: string) => string {
  const key = provider.derive(`keyed hash ${purpose}`)
  return (value) => createHmac('sha256', key).update(value, 'utf8').digest('base64url')
}
