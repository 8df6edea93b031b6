import { listUserProposals as contract } from '#contracts/api/identity-proposals.ts'
import { isId } from '#libs/ids/ids.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { problems } from '../../problems.ts'
import { proposalReply, proposals } from '../../store/user-proposals.ts'
import type { UserProposalRow } from '../../tables.ts'

/** Proposals by their id, which rises with time; the cursor is the last one of the page. */
export const listUserProposals = implementRead(contract, {
  async read({ query: { cursor, limit = 50, status, user_id } }, { sql, own }) {
    if (cursor !== undefined && !isId(cursor)) throw new Problem(problems.CURSOR_WRONG)
    const rows = await sql<UserProposalRow[]>`
      ${proposals(sql)}
      where true ${cursor === undefined ? sql`` : sql`and p.proposal_id < ${cursor}::uuid`}
        ${status === undefined ? sql`` : sql`and coalesce(d.status, 'PENDING') = ${status}`}
        ${user_id === undefined ? sql`` : sql`and p.user_id = ${user_id}`}
      order by p.proposal_id desc limit ${limit + 1}`
    const page = rows.slice(0, limit)
    return {
      items: page.map((row) => proposalReply(own.vault, row)),
      next_cursor: rows.length > limit ? (page.at(-1)?.proposal_id ?? null) : null,
    }
  },
})
