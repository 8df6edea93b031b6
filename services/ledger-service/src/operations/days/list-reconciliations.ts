import { listReconciliations as contract } from '#contracts/api/ledger-days.ts'
import { isId } from '#libs/ids/ids.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { problems } from '../../problems.ts'
import { reconciliationReplies } from '../../store/reconciliations.ts'
import type { ReconciliationRow } from '../../tables.ts'

/** Comparisons in the order of their ids, which is that of their making; the cursor is the last id of the page. */
export const listReconciliations = implementRead(contract, {
  async read({ query: { cursor, limit = 50 } }, { sql }) {
    if (cursor !== undefined && !isId(cursor)) throw new Problem(problems.CURSOR_WRONG)
    const rows = await sql<ReconciliationRow[]>`
      select run_id, scope, business_date, status, accounts::float8 as accounts, started_at, completed_at from reconciliations
      ${cursor === undefined ? sql`` : sql`where run_id < ${cursor}`} order by run_id desc limit ${limit + 1}`
    const items = await reconciliationReplies(sql, rows.slice(0, limit))
    return { items, next_cursor: rows.length > limit ? (items.at(-1)?.run_id ?? null) : null }
  },
})
