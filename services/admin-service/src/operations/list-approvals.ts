import { listApprovals as contract } from '#contracts/api/admin.ts'
import { isId } from '#libs/ids/ids.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../config.ts'
import { problems } from '../problems.ts'
import { type ApprovalFull, approvalReply } from '../store/approvals.ts'

const PAGE = 50

/** What waits, the longest waiting first; or, of another status, the newest first. Ids rise with time, so the cursor is the last one. */
export const listApprovals = implementRead(contract, {
  async read({ query: { limit = PAGE, cursor, status = 'PENDING', subject_type } }, { sql, own }) {
    if (cursor !== undefined && !isId(cursor)) {
      const errors = [{ pointer: 'query/cursor', detail: problems.CURSOR_WRONG.title }]
      throw new Problem(problems.CURSOR_WRONG, { errors })
    }
    const isOldestFirst = status === 'PENDING'
    const beyond = isOldestFirst
      ? sql`a.approval_id > ${cursor ?? null}::uuid`
      : sql`a.approval_id < ${cursor ?? null}::uuid`
    const rows = await sql<ApprovalFull[]>`
      select a.*, p.value_encrypted, p.value_before_encrypted
      from approvals a left join setting_proposals p using (approval_id)
      where a.status = ${status} ${subject_type === undefined ? sql`` : sql`and a.subject_type = ${subject_type}`}
        ${cursor === undefined ? sql`` : sql`and ${beyond}`}
      order by a.approval_id ${isOldestFirst ? sql`asc` : sql`desc`} limit ${limit + 1}`
    const page = rows.slice(0, limit)
    const next_cursor = rows.length > limit ? (page.at(-1)?.approval_id ?? null) : null
    return { items: page.map((row) => approvalReply(own, row)), next_cursor }
  },
})
