import { exportCheckpoints as contract, MOST_CHECKPOINTS } from '#contracts/api/ledger-proofs.ts'
import { encode } from '#libs/json/json.ts'
import { consistencyProofs } from '#libs/merkle/proofs.ts'
import { implementRead } from '../../config.ts'
import { readCheckpoints } from '../../store/seals/checkpoints.ts'
import { readTreeSource } from '../../store/seals/head.ts'

/**
 * The series of checkpoints as it is verified offline: each line has the proof from the line before; the first has none. A part begins with the
 * checkpoint that the part before ended with, which proves nothing twice and lets both be read as one file.
 */
export const exportCheckpoints = implementRead(contract, {
  async read({ query: { after_size = 0, limit = MOST_CHECKPOINTS } }, { sql }) {
    const rows = await readCheckpoints(sql, { from: after_size, limit: limit + 1 })
    const some = rows.slice(0, limit)
    const pairs = some.slice(1).map((row, i) => ({ from: some[i]?.tree_size ?? 0, to: row.tree_size }))
    const proofs = [[], ...(pairs.length === 0 ? [] : await consistencyProofs(await readTreeSource(sql), pairs))]
    const lines = some.map(({ note }, i) => {
      const consistency_proof = (proofs[i] ?? []).map((hash) => hash.toString('hex'))
      return `${encode({ checkpoint: note, consistency_proof })}\n`
    })
    return {
      kind: 'file',
      content_type: 'application/x-ndjson',
      filename: 'checkpoints.ndjson',
      bytes: Buffer.from(lines.join('')),
      headers: rows.length > some.length ? { 'x-next-size': String(some.at(-1)?.tree_size) } : {},
    }
  },
})
