import type { KeyProvider } from '#libs/crypto/key-provider.ts'
import { keyedHash } from '#libs/crypto/keyed-hash.ts'
import { type SubjectKeys, subjectKeys } from '#libs/crypto/subject-keys.ts'

/** What customers are encrypted and found with; nothing else in the service sees a key. Values come normalised (domain/spelling.ts). */
export interface Vault {
  /** A data key for each customer: without its row nothing of him opens. */
  readonly subjects: SubjectKeys
  emailHash(email: string): string
  phoneHash(phone: string): string
  wordHash(word: string): string
  documentHash(document: string): string
}

/** The vault over the service's key provider. */
export function openVault(keys: KeyProvider): Vault {
  return {
    subjects: subjectKeys(keys),
    emailHash: keyedHash(keys, 'customer e-mail'),
    phoneHash: keyedHash(keys, 'customer telephone'),
    wordHash: keyedHash(keys, 'customer name'),
    documentHash: keyedHash(keys, 'document number'),
  }
}
