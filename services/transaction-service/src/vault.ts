import { type Sealer, sealer } from '#libs/crypto/envelope.ts'
import type { KeyProvider } from '#libs/crypto/key-provider.ts'
import { keyedHash } from '#libs/crypto/keyed-hash.ts'

/** What this service encrypts and hashes with; nothing else in it sees a key. */
export interface Vault {
  /** Names and numbers of payees; the place is part of the seal. */
  readonly fields: Sealer
  /** The same for the same payee of the same customer, so that he is kept once. */
  payeeHash(payee: { customer_id: string; account_number: string; bank_code: string | null }): string
}

/** The vault over the service's key provider. */
export function openVault(keys: KeyProvider): Vault {
  const payees = keyedHash(keys, 'payee')
  return {
    fields: sealer(keys, 'transaction'),
    payeeHash: ({ customer_id, account_number, bank_code }) =>
      payees(`${customer_id}:${account_number}:${bank_code ?? ''}`),
  }
}
