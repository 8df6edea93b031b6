import { withdrawProposal as contract } from '#contracts/api/ledger-proposals.ts'
import { implement } from '../../config.ts'
import { decideWithdrawal } from '../../domain/proposals.ts'
import { auditedDecision, decideProposal, findProposal, proposalReply } from '../../store/proposals.ts'

/** The one who proposed it takes it back. */
export const withdrawProposal = implement(contract, {
  async run({ params: { proposal_id } }, { tx, clock, caller, changed }) {
    const at = clock.wall.now()
    const locked = await findProposal(tx, proposal_id, { lock: true })
    const { row, by } = decideWithdrawal(locked, { by: caller.sub, now: at })
    const decided = await decideProposal(tx, row, { status: 'WITHDRAWN', by, reason: null, at })
    changed(auditedDecision(row, decided))
    return proposalReply(decided)
  },
})
