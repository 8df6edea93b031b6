import { ledgerProposalDecided } from '#contracts/events/ledger.ts'
import { closingOf, endOfProposal, proposalOf } from '../closings.ts'
import { react } from '../config.ts'
import { closeAll } from '../store/approvals.ts'

/** Nobody has to decide about a proposal any more. */
export const onLedgerProposalDecided = react(ledgerProposalDecided, {
  async run(events, _asked, { tx }) {
    await closeAll(
      tx,
      events.map((event) => closingOf(event, proposalOf(event), endOfProposal(event.data))),
    )
  },
})
