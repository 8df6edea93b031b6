import { rejectUserProposal as contract } from '#contracts/api/identity-proposals.ts'
import { implement } from '../../config.ts'
import { decideSecondPerson } from '../../domain/user-proposals.ts'
import { auditedDecision, decideProposal, deciderOf, lockProposal, proposalReply } from '../../store/user-proposals.ts'

/** A second person stops a proposal: nothing is done for it. */
export const rejectUserProposal = implement(contract, {
  async run({ params: { proposal_id }, body: { reason } }, context) {
    const { tx, own, clock, caller, changed } = context
    const locked = await lockProposal(tx, proposal_id)
    const { row, by } = decideSecondPerson(locked.row, await deciderOf(tx, caller), clock.wall.now())
    const decided = await decideProposal(context, row, { status: 'REJECTED', by, reason })
    changed(auditedDecision(row, decided))
    return proposalReply(own.vault, decided)
  },
})
