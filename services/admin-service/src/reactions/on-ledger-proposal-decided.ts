import { ledgerProposalDecided } from '#contracts/events/ledger.ts'
import { closingOf, proposalOf } from '../closings.ts'
import { react } from '../config.ts'
import { closeAll } from '../store/approvals.ts'

/** Nobody has to decide about a proposal any more. One that waited too long was withdrawn by nobody. */
export const onLedgerProposalDecided = react(ledgerProposalDecided, {
  async run(events, _asked, { tx }) {
    const closings = events.map((event) => {
      const { status, decided_by } = event.data
      const end = status === 'EXPIRED' ? { status: 'WITHDRAWN' as const, reason: 'EXPIRED' } : { status, reason: null }
      return closingOf(event, proposalOf(event), { ...end, decided_by })
    })
    await closeAll(tx, closings)
  },
})
