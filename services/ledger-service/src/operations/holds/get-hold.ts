import { getHold as contract } from '#contracts/api/ledger.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { problems } from '../../problems.ts'
import { findHolds, holdReply } from '../../store/holds.ts'

/** One hold in its present state. */
export const getHold = implementRead(contract, {
  async read({ params }, { sql }) {
    const [row] = await findHolds(sql, [params.hold_id])
    if (row === undefined) throw new Problem(problems.HOLD_NOT_FOUND)
    return holdReply(row)
  },
})
