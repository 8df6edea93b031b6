import { rejectProposal as contract } from '#contracts/api/ledger-proposals.ts'
import { implement } from '../../config.ts'
import { decideSecondPerson } from '../../domain/proposals.ts'
import { auditedDecision, decideProposal, findProposal, proposalReply } from '../../store/proposals.ts'

/** A second person stops a proposal: nothing is booked for it. */
export const rejectProposal = implement(contract, {
  async run({ params: { proposal_id }, body: { reason } }, { tx, clock, caller, changed }) {
    const at = clock.wall.now()
    const locked = await findProposal(tx, proposal_id, { lock: true })
    const { row, by } = decideSecondPerson(locked, { by: caller.sub, now: at })
    const decided = await decideProposal(tx, row, { status: 'REJECTED', by, reason, at })
    changed(auditedDecision(row, decided))
    return proposalReply(decided)
  },
})
