import { withdrawUserProposal as contract } from '#contracts/api/identity-proposals.ts'
import { implement } from '../../config.ts'
import { decideWithdrawal } from '../../domain/user-proposals.ts'
import { auditedDecision, decideProposal, lockProposal, proposalReply } from '../../store/user-proposals.ts'

/** The one who proposed it takes it back. */
export const withdrawUserProposal = implement(contract, {
  async run({ params: { proposal_id } }, context) {
    const { tx, own, clock, caller, changed } = context
    const locked = await lockProposal(tx, proposal_id)
    const { row, by } = decideWithdrawal(locked.row, { by: caller.sub, now: clock.wall.now() })
    const decided = await decideProposal(context, row, { status: 'WITHDRAWN', by, reason: null })
    changed(auditedDecision(row, decided))
    return proposalReply(own.vault, decided)
  },
})
