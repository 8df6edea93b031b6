import { getProposal } from '#contracts/api/ledger-proposals.ts'
import { ledgerProposalMade } from '#contracts/events/ledger.ts'
import type { DataOf } from '#libs/contract/event.ts'
import { isCurrency } from '#libs/money/currencies.ts'
import { formatMinor } from '#libs/money/format.ts'
import { traceOf } from '#libs/outbox/publish.ts'
import { Problem } from '#libs/problem/problem.ts'
import { react } from '../config.ts'
import { requestAll } from '../store/approvals.ts'

/** A person proposes something to the ledger. Why, is asked for: the words of people stay out of events. */
export const onLedgerProposalMade = react(ledgerProposalMade, {
  ask: (events, { call }) =>
    Promise.all(
      events.map(async ({ data: { proposal_id } }) => {
        try {
          return (await call(getProposal, { params: { proposal_id } })).reason
        } catch (error) {
          if (error instanceof Problem && error.kind.status === 404) return null
          throw error
        }
      }),
    ),

  async run(events, reasons, { tx }) {
    await requestAll(
      tx,
      events.map((event, i) => ({
        approval_id: event.id,
        subject_type: 'LEDGER_PROPOSAL',
        subject_id: event.data.proposal_id,
        rule: event.data.kind.toLowerCase(),
        summary: summaryOf(event.data),
        requested_by: event.data.proposed_by,
        request_reason: reasons[i] ?? null,
        requested_at: event.time,
        trace: traceOf(event),
      })),
    )
  },
})

function summaryOf({ period, amount_cents, currency }: DataOf<typeof ledgerProposalMade>): string {
  if (amount_cents === null || currency === null) return period ?? ''
  const amount = isCurrency(currency) ? formatMinor(amount_cents, currency) : String(amount_cents)
  return `${period === null ? '' : `${period}: `}${amount} ${currency}`
}
