import { listLimitProposals as contract } from '#contracts/api/account-limits.ts'
import { isId } from '#libs/ids/ids.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { problems } from '../../problems.ts'
import { findAccount } from '../../store/accounts.ts'
import { limitProposalReply, limitProposals } from '../../store/limit-proposals.ts'
import type { LimitProposalRow } from '../../tables.ts'

/** What was proposed about an account, by id, which rises with time; the cursor is the last one of the page. */
export const listLimitProposals = implementRead(contract, {
  async read({ params, query: { cursor, limit = 50 } }, { sql, own }) {
    if (cursor !== undefined && !isId(cursor)) throw new Problem(problems.CURSOR_WRONG)
    const { account_id } = await findAccount(sql, params.account_id)
    const rows = await sql<LimitProposalRow[]>`
      ${limitProposals(sql)}
      where p.account_id = ${account_id} ${cursor === undefined ? sql`` : sql`and p.proposal_id < ${cursor}::uuid`}
      order by p.proposal_id desc limit ${limit + 1}`
    const page = rows.slice(0, limit)
    return {
      items: page.map((row) => limitProposalReply(own.reasons, row)),
      next_cursor: rows.length > limit ? (page.at(-1)?.proposal_id ?? null) : null,
    }
  },
})
