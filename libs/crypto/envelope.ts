import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { KeyProvider } from './key-provider.ts'

/** Encrypts and decrypts texts of one purpose. `aad` names the place, like `customers.email/<id>`: a text moved elsewhere does not open. */
export type Sealer = {
  /** `v1.<keyId>.<nonce>.<ciphertext and tag>`; the same text seals differently each time. RangeError beyond 1 MiB or for a lone surrogate. */
  seal(plaintext: string, aad: string): string
  /** The plaintext; SealBroken when anything was changed or belongs to another place, purpose or key. */
  open(sealed: string, aad: string): string
}

/** A sealed text that was changed, moved, or sealed with an unknown key. It never says which, nor shows the text. */
export class SealBroken extends Error {
  override readonly name = 'SealBroken'
  constructor() {
    super('a sealed text does not open: it was changed, moved, or sealed with another key')
  }
}

const NONCE_BYTES = 12
const TAG_BYTES = 16
const LARGEST_BYTES = 1024 * 1024

/**
 * AES-256-GCM field encryption with a subkey of the provider, so purposes cannot open each other's texts. Nonces are
 * random: at most 2^32 texts a key and purpose (NIST SP 800-38D §8.3), then the master key is rotated.
 */
export function sealer(provider: Pick<KeyProvider, 'keyId' | 'derive'>, purpose: string): Sealer {
  const keys = new Map<string, Buffer>()
  function keyOf(keyId: string): Buffer {
    const known = keys.get(keyId)
    if (known) return known
    const key = provider.derive(`seal ${purpose}`, keyId)
    keys.set(keyId, key)
    return key
  }

  return {
    seal(plaintext, aad) {
      if (!plaintext.isWellFormed()) throw new RangeError('a text with a lone surrogate cannot be sealed unchanged')
      const bytes = Buffer.from(plaintext, 'utf8')
      if (bytes.length > LARGEST_BYTES) throw new RangeError(`a text of ${bytes.length} bytes is too long to seal`)
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', keyOf(provider.keyId), nonce, { authTagLength: TAG_BYTES })
      cipher.setAAD(authenticated(provider.keyId, aad))
      const sealed = Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()])
      return `v1.${provider.keyId}.${nonce.toString('base64url')}.${sealed.toString('base64url')}`
    },

    open(sealed, aad) {
      const [version, keyId = '', nonceText = '', bodyText = '', ...more] = sealed.split('.', 5)
      if (version !== 'v1' || more.length > 0) throw new SealBroken()
      try {
        const nonce = canonicalBytes(nonceText)
        const body = canonicalBytes(bodyText)
        const end = body.length - TAG_BYTES
        if (nonce.length !== NONCE_BYTES || end < 0) throw new SealBroken()
        const decipher = createDecipheriv('aes-256-gcm', keyOf(keyId), nonce, { authTagLength: TAG_BYTES })
        decipher.setAAD(authenticated(keyId, aad))
        decipher.setAuthTag(body.subarray(end))
        return Buffer.concat([decipher.update(body.subarray(0, end)), decipher.final()]).toString('utf8')
      } catch {
        throw new SealBroken()
      }
    },
  }
}

function authenticated(keyId: string, aad: string): Buffer {
  return Buffer.from(`v1.${keyId}.${aad}`, 'utf8')
}

/** The decoder forgives unused bits and strange characters; a sealed text has exactly one spelling. */
function canonicalBytes(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.toString('base64url') !== text) throw new SealBroken()
  return bytes
}
