import { listProposals as contract } from '#contracts/api/ledger-proposals.ts'
import { isId } from '#libs/ids/ids.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { problems } from '../../problems.ts'
import { proposalReply } from '../../store/proposals.ts'
import type { ProposalRow } from '../../tables.ts'

/** Proposals by their id, which rises with time; the cursor is the last one of the page. A year has those of its months. */
export const listProposals = implementRead(contract, {
  async read({ query: { cursor, limit = 50, status, kind, period } }, { sql }) {
    if (cursor !== undefined && !isId(cursor)) throw new Problem(problems.CURSOR_WRONG)
    const rows = await sql<ProposalRow[]>`
      select * from ledger_proposals
      where true ${cursor === undefined ? sql`` : sql`and proposal_id < ${cursor}::uuid`}
        ${status === undefined ? sql`` : sql`and status = ${status}`} ${kind === undefined ? sql`` : sql`and kind = ${kind}`}
        ${period === undefined ? sql`` : sql`and period between ${period} and ${`${period}-12`}`}
      order by proposal_id desc limit ${limit + 1}`
    const page = rows.slice(0, limit)
    return {
      items: page.map(proposalReply),
      next_cursor: rows.length > limit ? (page.at(-1)?.proposal_id ?? null) : null,
    }
  },
})
