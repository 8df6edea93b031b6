import { getLatestCheckpoint as contract } from '#contracts/api/ledger-proofs.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { problems } from '../../problems.ts'
import { readCheckpoints } from '../../store/seals/checkpoints.ts'

/** The newest signed note, as it is. */
export const getLatestCheckpoint = implementRead(contract, {
  async read(_input, { sql }) {
    const [row] = await readCheckpoints(sql, { before: null, limit: 1 })
    if (row === undefined) throw new Problem(problems.NOTHING_SEALED)
    return {
      kind: 'file',
      content_type: 'text/plain; charset=utf-8',
      filename: `checkpoint-${row.tree_size}.txt`,
      bytes: Buffer.from(row.note),
    }
  },
})
