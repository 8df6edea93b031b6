import { searchAudit as contract } from '#contracts/api/audit.ts'
import { isId } from '#libs/ids/ids.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../config.ts'
import { problems } from '../problems.ts'
import { actOf, findActs } from '../store/trail.ts'

/** A page of the trail, newest first; the cursor is the id of its last act. */
export const searchAudit = implementRead(contract, {
  toleratesLag: true,
  async read({ query: { limit = 50, cursor, ...filters } }, { sql }) {
    if (cursor !== undefined && !isId(cursor)) throw new Problem(problems.CURSOR_WRONG)
    const rows = await findActs(sql, filters, { cursor, limit: limit + 1, newestFirst: true })
    const items = rows.slice(0, limit).map(actOf)
    return { items, next_cursor: rows.length > limit ? (items.at(-1)?.audit_id ?? null) : null }
  },
})
