import { approveUserProposal as contract } from '#contracts/api/identity-proposals.ts'
import { invariant, Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { decideSecondPerson } from '../../domain/user-proposals.ts'
import { problems } from '../../problems.ts'
import { carryOut } from '../../store/user-acts.ts'
import {
  auditedDecision,
  decideProposal,
  deciderOf,
  isMakerGone,
  lockProposal,
  proposalReply,
} from '../../store/user-proposals.ts'

const MAKER_GONE = 'Who proposed it does not work here any more; reject it'

/** A second person approves, and in the same transaction it is done: nothing is approved that was not done, and nothing done twice. */
export const approveUserProposal = implement(contract, {
  async run({ params: { proposal_id }, body: { reason } }, context) {
    const { tx, own, clock, caller, changed } = context
    const locked = await lockProposal(tx, proposal_id)
    const { row, by } = decideSecondPerson(locked.row, await deciderOf(tx, caller), clock.wall.now())
    if (await isMakerGone(tx, row.proposed_by)) throw new Problem(problems.USER_CHANGED, { detail: MAKER_GONE })
    invariant(locked.user !== undefined, `proposal ${proposal_id} is about nobody`)
    const done = await carryOut(context, row, locked.user)
    const decided = await decideProposal(context, row, { status: 'APPROVED', by, reason })
    const { before, after } = auditedDecision(row, decided)
    changed({ before: { ...before, ...done.before }, after: { ...after, ...done.after } })
    return proposalReply(own.vault, decided)
  },
})
