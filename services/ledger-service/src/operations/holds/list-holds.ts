import { listHolds as contract } from '#contracts/api/ledger-holds.ts'
import { HOLD_STATUSES } from '#contracts/enums.ts'
import { isId } from '#libs/ids/ids.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { problems } from '../../problems.ts'
import { findAccount } from '../../store/accounts.ts'
import { arrayLiteral } from '../../store/array-literal.ts'
import { holdReply } from '../../store/holds.ts'
import type { HoldRow } from '../../tables.ts'

/** The holds of an account, newest first, straight from the index of the account, which has those of each state by themselves; the cursor is the last id of the page. */
export const listHolds = implementRead(contract, {
  async read({ params: { ledger_account_id }, query: { status, cursor, limit = 50 } }, { sql }) {
    if (cursor !== undefined && !isId(cursor)) throw new Problem(problems.CURSOR_WRONG)
    if ((await findAccount(sql, ledger_account_id)) === undefined) throw new Problem(problems.LEDGER_ACCOUNT_NOT_FOUND)
    const rows = await sql<HoldRow[]>`
      select hold.* from unnest(${arrayLiteral(status === undefined ? HOLD_STATUSES : [status])}::text[]) as wanted (status)
      cross join lateral (
        select * from holds where ledger_account_id = ${ledger_account_id} and status = wanted.status
          ${cursor === undefined ? sql`` : sql`and hold_id < ${cursor}`}
        order by hold_id desc limit ${limit + 1}) hold
      order by hold.hold_id desc limit ${limit + 1}`
    const items = rows.slice(0, limit).map(holdReply)
    return { items, next_cursor: rows.length > limit ? (items.at(-1)?.hold_id ?? null) : null }
  },
})
