import { type Sealer, sealer } from '#libs/crypto/envelope.ts'
import type { KeyProvider } from '#libs/crypto/key-provider.ts'
import { keyedHash } from '#libs/crypto/keyed-hash.ts'

/** What identity encrypts and hashes with; nothing else in the service sees a key. */
export interface Vault {
  /** Names, addresses, mails, TOTP secrets and signing keys; the place is part of the seal. */
  readonly fields: Sealer
  emailHash(email: string): string
  codeHash(code_id: string, code: string): string
  recoveryHash(user_id: string, code: string): string
  deviceHash(user_id: string, device_id: string): string
  cookieHash(cookie: string): string
  apiKeyHash(key: string): string
  /** For what is only counted, and forgotten within hours. */
  guessHash(guess: string): string
  /** For the bank's own pages: interactions, browsers and the tokens of their forms, told apart by what stands before. */
  pageHash(what: 'uid' | 'browser' | 'form', text: string): string
}

/** The vault over the service's key provider. */
export function openVault(keys: KeyProvider): Vault {
  const emails = keyedHash(keys, 'e-mail')
  const codes = keyedHash(keys, 'one-time code')
  const devices = keyedHash(keys, 'device')
  const cookies = keyedHash(keys, 'web session cookie')
  const pages = keyedHash(keys, 'page of an interaction')
  const apiKeys = keyedHash(keys, 'api key')
  const recovery = keyedHash(keys, 'recovery code')
  const guesses = keyedHash(keys, 'guess')
  return {
    fields: sealer(keys, 'identity'),
    emailHash: (email) => emails(normalEmail(email)),
    codeHash: (code_id, code) => codes(`${code_id}:${code}`),
    deviceHash: (user_id, device_id) => devices(`${user_id}:${device_id}`),
    cookieHash: cookies,
    apiKeyHash: apiKeys,
    guessHash: guesses,
    pageHash: (what, text) => pages(`${what}:${text}`),
    recoveryHash: (user_id, code) => recovery(`${user_id}:${code}`),
  }
}

/** One spelling per address: what follows the @ never tells cases apart, and no mail system in use does before it. */
export function normalEmail(email: string): string {
  return email.normalize('NFC').toLowerCase()
}
