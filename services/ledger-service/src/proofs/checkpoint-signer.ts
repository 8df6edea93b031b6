import { createPrivateKey, createPublicKey, sign } from 'node:crypto'
import type { KeyProvider } from '#libs/crypto/key-provider.ts'
import { checkpointText } from '#libs/merkle/checkpoints.ts'
import { signNote, verifierKeyText } from '#libs/merkle/notes.ts'

/** What a checkpoint says: the tree after a seal. */
export interface CheckpointFields {
  readonly tree_size: number
  readonly root_hash: Buffer
  readonly seal_no: number
  readonly seal_hash: Buffer
  readonly sealed_at: Date
  readonly business_date: string
}

/** Signs for the ledger, under the name that the world knows it by. */
export interface CheckpointSigner {
  readonly origin: string
  /** Of the key that signs now: 4 bytes in hexadecimal (C2SP signed-note). */
  readonly key_hash: string
  /** `<origin>+<key hash>+<key>`: what others check with. */
  readonly verifier_key: string
  /** The master key that it is derived from. */
  readonly master_key: string
  /** The signed note of a checkpoint. */
  note(fields: CheckpointFields): Promise<string>
}

const PURPOSE = 'ledger checkpoints'
/** What stands before the 32 bytes of an Ed25519 private key in PKCS #8 (RFC 8410). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')

/** A signer whose key is derived from the current master key: every instance has the same, and a new master key brings a new one. */
export function checkpointSigner(keys: Pick<KeyProvider, 'keyId' | 'derive'>, origin: string): CheckpointSigner {
  const der = Buffer.concat([PKCS8, keys.derive(PURPOSE)])
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  const public_key = createPublicKey(privateKey)
  const verifier_key = verifierKeyText(origin, public_key)
  return {
    origin,
    verifier_key,
    key_hash: verifier_key.slice(origin.length + 1, origin.length + 9),
    master_key: keys.keyId,
    note: ({ tree_size: size, root_hash: root, seal_no, seal_hash, sealed_at, business_date }) => {
      const extensions = [
        `seal ${seal_no} ${seal_hash.toString('hex')}`,
        `time ${sealed_at.toISOString()}`,
        `business-date ${business_date}`,
      ]
      const text = checkpointText({ origin, size, root, extensions })
      return signNote(text, { name: origin, public_key, sign: (bytes) => sign(null, bytes, privateKey) })
    },
  }
}
