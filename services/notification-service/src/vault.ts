import { type Sealer, sealer } from '#libs/crypto/envelope.ts'
import type { KeyProvider } from '#libs/crypto/key-provider.ts'
import { keyedHash } from '#libs/crypto/keyed-hash.ts'

/** What this service encrypts and hashes with; nothing else in it sees a key. */
export interface Vault {
  /** Texts of notifications and of the sandbox's mailbox; the place is part of the seal. */
  readonly fields: Sealer
  addressHash(address: string): string
}

/** The vault over the service's key provider. */
export function openVault(keys: KeyProvider): Vault {
  const addresses = keyedHash(keys, 'address')
  return { fields: sealer(keys, 'notification'), addressHash: (address) => addresses(normalAddress(address)) }
}

/** One spelling per address: case never tells e-mail addresses apart, blanks never telephone numbers. */
function normalAddress(address: string): string {
  return address.normalize('NFC').toLowerCase().replaceAll(/\s/g, '')
}
