import { getLimitProposal as contract } from '#contracts/api/account-limits.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { problems } from '../../problems.ts'
import { findLimitProposal, limitProposalReply } from '../../store/limit-proposals.ts'

/** One proposal as it stands. */
export const getLimitProposal = implementRead(contract, {
  async read({ params: { proposal_id } }, { sql, own }) {
    const row = await findLimitProposal(sql, proposal_id)
    if (row === undefined) throw new Problem(problems.PROPOSAL_NOT_FOUND)
    return limitProposalReply(own.reasons, row)
  },
})
