import { userProposalDecided } from '#contracts/events/identity.ts'
import { closingOf, endOfProposal, userProposalOf } from '../closings.ts'
import { react } from '../config.ts'
import { closeAll } from '../store/approvals.ts'

/** Nobody has to decide about a user any more. */
export const onUserProposalDecided = react(userProposalDecided, {
  async run(events, _asked, { tx }) {
    await closeAll(
      tx,
      events.map((event) => closingOf(event, userProposalOf(event), endOfProposal(event.data))),
    )
  },
})
