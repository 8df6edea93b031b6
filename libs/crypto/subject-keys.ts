import { randomBytes } from 'node:crypto'
import { type Sealer, sealer } from './envelope.ts'
import { type KeyProvider, KeyRefused } from './key-provider.ts'

/**
 * The data key of one subject (a customer, a household), as it is stored: wrapped by the master key. Everything that is sealed with it can be
 * read as long as this row exists; destroying the row erases it, wherever copies and backups of the sealed texts may lie.
 */
export interface WrappedKey {
  key_id: string
  wrapped_key: Uint8Array
}

/** A key for each subject, so that one subject's data can be made unreadable without touching it. */
export interface SubjectKeys {
  /** A new data key: what to store, and the sealer over it. */
  create(): Promise<{ stored: WrappedKey; fields: Sealer }>
  /** The sealer over a stored key; KeyRefused when the row was changed or no master key of ours wrapped it. */
  open(stored: WrappedKey): Promise<Sealer>
}

const DATA_KEY_BYTES = 32
/** About 5 MB of opened keys. The provider, which may be far away, is asked for what fell out. */
const MAX_OPENED = 10_000
/** Names the data key in what it seals: a subject has one at a time. */
const DATA_KEY_ID = 'subject'

/**
 * Data keys of subjects over a provider, AES-256-GCM. Opened keys are remembered, the least recently used go first; they are found by their
 * wrapped form only, so whoever cannot read the stored row opens nothing.
 */
export function subjectKeys(
  provider: KeyProvider,
  { maxOpened = MAX_OPENED }: { maxOpened?: number } = {},
): SubjectKeys {
  const opened = new Map<string, Promise<Sealer>>()

  function remember(name: string, fields: Promise<Sealer>): Promise<Sealer> {
    opened.delete(name)
    opened.set(name, fields)
    const [oldest] = opened.keys()
    if (opened.size > maxOpened && oldest !== undefined) opened.delete(oldest)
    return fields
  }

  return {
    async create() {
      const dataKey = randomBytes(DATA_KEY_BYTES)
      const stored = { key_id: provider.keyId, wrapped_key: await provider.wrap(dataKey) }
      return { stored, fields: await remember(nameOf(stored), Promise.resolve(fieldsUnder(dataKey))) }
    },

    open(stored) {
      const name = nameOf(stored)
      const known = opened.get(name)
      if (known !== undefined) return remember(name, known)
      const opening = provider.unwrap(stored.key_id, Buffer.from(stored.wrapped_key)).then(fieldsUnder)
      // A failure is not remembered: the provider may only have been away.
      opening.catch(() => opened.delete(name))
      return remember(name, opening)
    },
  }
}

function nameOf({ key_id, wrapped_key }: WrappedKey): string {
  return `${key_id}.${Buffer.from(wrapped_key).toString('base64url')}`
}

function fieldsUnder(dataKey: Buffer): Sealer {
  if (dataKey.length !== DATA_KEY_BYTES) throw new KeyRefused('a wrapped data key has the wrong length')
  const itself: Pick<KeyProvider, 'keyId' | 'derive'> = {
    keyId: DATA_KEY_ID,
    derive(_purpose, keyId) {
      if (keyId !== DATA_KEY_ID) throw new KeyRefused('a text was not sealed with the key of a subject')
      return dataKey
    },
  }
  return sealer(itself, 'subject')
}
