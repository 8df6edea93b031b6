import { proposeBooking as contract } from '#contracts/api/ledger-proposals.ts'
import { Problem, platformProblems } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { periodOfProposal, requireContent } from '../../domain/proposals.ts'
import { readBankClock } from '../../store/bank-clock.ts'
import { makeProposal, presentProposal, proposalReply } from '../../store/proposals.ts'

/** Writes down what an operator wishes to have booked. Whether it can be is decided when it is: balances move until then. */
export const proposeBooking = implement(contract, {
  async run({ body }, { tx, clock, caller, mintId, changed }) {
    const { kind, reason, documents = [] } = body
    if (caller.sub === null) throw new Problem(platformProblems.FORBIDDEN)
    const content = requireContent(kind, body)
    const { closed_through } = await readBankClock(tx)
    const period = periodOfProposal(kind, body.transaction?.value_date, closed_through)
    const about = { proposal_id: mintId(), kind, content, period, reason, documents }
    const row = await makeProposal(tx, { ...about, proposed_by: caller.sub, proposed_at: clock.wall.now() })
    changed({ before: null, after: about })
    return proposalReply(row)
  },

  /** Its words stand in the proposal alone, and in no copy beside the keys. */
  present: presentProposal,
})
