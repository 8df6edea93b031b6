import { listCheckpointKeys as contract } from '#contracts/api/ledger-proofs.ts'
import { implementRead } from '../../config.ts'

interface KeyRow {
  key_hash: string
  verifier_key: string
  since: Date
}

/** Every key that ever signed, oldest first, and the one that signs now. */
export const listCheckpointKeys = implementRead(contract, {
  async read(_input, { sql, own }) {
    const { origin, verifier_key, key_hash } = own.signer
    const rows = await sql<KeyRow[]>`select key_hash, verifier_key, since from checkpoint_keys order by since, key_hash`
    const items = rows.map((row) => ({
      ...row,
      since: row.since.toISOString() as string | null,
      is_current: row.key_hash === key_hash,
    }))
    const isNew = !items.some((item) => item.is_current)
    return { origin, items: isNew ? [...items, { key_hash, verifier_key, since: null, is_current: true }] : items }
  },
})
