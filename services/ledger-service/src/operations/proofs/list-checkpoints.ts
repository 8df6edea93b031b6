import { listCheckpoints as contract } from '#contracts/api/ledger-proofs.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { problems } from '../../problems.ts'
import { checkpointReply, readCheckpoints } from '../../store/seals/checkpoints.ts'

/** Signed checkpoints, newest first; the cursor is the size of the page's last tree. */
export const listCheckpoints = implementRead(contract, {
  async read({ query: { cursor, limit = 50 } }, { sql }) {
    if (cursor !== undefined && !/^\d{1,15}$/.test(cursor)) throw new Problem(problems.CURSOR_WRONG)
    const before = cursor === undefined ? null : Number(cursor)
    const rows = await readCheckpoints(sql, { before, limit: limit + 1 })
    const items = rows.slice(0, limit).map(checkpointReply)
    return { items, next_cursor: rows.length > limit ? String(items.at(-1)?.tree_size) : null }
  },
})
