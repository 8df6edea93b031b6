import type { EventMessage } from '#libs/contract/event.ts'
import { traceOf } from '#libs/outbox/publish.ts'
import type { End } from './domain/ends.ts'
import type { Closing } from './store/approvals.ts'

/** What an event says became of a subject: as old as the event, and a part of its act. */
export function closingOf(
  event: EventMessage,
  subject: Pick<Closing, 'subject_type' | 'subject_id'>,
  end: Partial<End> & Pick<End, 'status'>,
): Closing {
  const unsaid = { decided_by: null, reason: null }
  return { ...subject, ...unsaid, ...end, decided_at: event.time, trace: traceOf(event) }
}

/** The subject that a transaction is. */
export function transactionOf({
  data,
}: EventMessage<{ transaction_id: string }>): Pick<Closing, 'subject_type' | 'subject_id'> {
  return { subject_type: 'TRANSACTION', subject_id: data.transaction_id }
}

/** The subject that a proposal to the ledger is. */
export function proposalOf({
  data,
}: EventMessage<{ proposal_id: string }>): Pick<Closing, 'subject_type' | 'subject_id'> {
  return { subject_type: 'LEDGER_PROPOSAL', subject_id: data.proposal_id }
}

/** The subject that a customer's KYC is. */
export function kycOf({ data }: EventMessage<{ customer_id: string }>): Pick<Closing, 'subject_type' | 'subject_id'> {
  return { subject_type: 'KYC', subject_id: data.customer_id }
}
