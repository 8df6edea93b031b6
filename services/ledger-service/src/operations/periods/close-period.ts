import { closePeriod as contract } from '#contracts/api/ledger-periods.ts'
import { Problem, platformProblems } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { periodOf, requireClosable } from '../../domain/accounting-periods.ts'
import { daysOfBooks } from '../../store/accounting-periods.ts'
import { makeProposal, presentProposal, proposalReply } from '../../store/proposals.ts'

/** Proposes to close a month or a year. What would stop it now is refused now; the rest is looked at again when it is approved. */
export const closePeriod = implement(contract, {
  async run({ params: { period }, body: { reason } }, { tx, clock, caller, mintId, changed }) {
    if (caller.sub === null) throw new Problem(platformProblems.FORBIDDEN)
    requireClosable(periodOf(period), await daysOfBooks(tx))
    const about = { proposal_id: mintId(), kind: 'PERIOD_CLOSE' as const, content: null, period, reason, documents: [] }
    const row = await makeProposal(tx, { ...about, proposed_by: caller.sub, proposed_at: clock.wall.now() })
    changed({ before: null, after: about })
    return proposalReply(row)
  },

  /** Its words stand in the proposal alone, and in no copy beside the keys. */
  present: presentProposal,
})
