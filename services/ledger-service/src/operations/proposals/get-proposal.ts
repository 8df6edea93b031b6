import { getProposal as contract } from '#contracts/api/ledger-proposals.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { problems } from '../../problems.ts'
import { findProposal, proposalReply } from '../../store/proposals.ts'

/** One proposal as it stands. */
export const getProposal = implementRead(contract, {
  async read({ params: { proposal_id } }, { sql }) {
    const row = await findProposal(sql, proposal_id)
    if (row === undefined) throw new Problem(problems.PROPOSAL_NOT_FOUND)
    return proposalReply(row)
  },
})
