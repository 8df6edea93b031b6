import { getUserProposal as contract } from '#contracts/api/identity-proposals.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { problems } from '../../problems.ts'
import { findProposal, proposalReply } from '../../store/user-proposals.ts'

/** One proposal as it stands. */
export const getUserProposal = implementRead(contract, {
  async read({ params: { proposal_id } }, { sql, own }) {
    const row = await findProposal(sql, proposal_id)
    if (row === undefined) throw new Problem(problems.PROPOSAL_NOT_FOUND)
    return proposalReply(own.vault, row)
  },
})
