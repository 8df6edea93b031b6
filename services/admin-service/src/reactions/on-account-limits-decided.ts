import { accountLimitsDecided } from '#contracts/events/account.ts'
import { closingOf, endOfProposal, limitProposalOf } from '../closings.ts'
import { react } from '../config.ts'
import { closeAll } from '../store/approvals.ts'

/** Nobody has to decide about limits of an account any more. */
export const onAccountLimitsDecided = react(accountLimitsDecided, {
  async run(events, _asked, { tx }) {
    await closeAll(
      tx,
      events.map((event) => closingOf(event, limitProposalOf(event), endOfProposal(event.data))),
    )
  },
})
