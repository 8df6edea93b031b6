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

/** The subject that a proposal about a user is. */
export function userProposalOf({
  data,
}: EventMessage<{ proposal_id: string }>): Pick<Closing, 'subject_type' | 'subject_id'> {
  return { subject_type: 'USER_PROPOSAL', subject_id: data.proposal_id }
}

/** The subject that a proposal about limits is. */
export function limitProposalOf({
  data,
}: EventMessage<{ proposal_id: string }>): Pick<Closing, 'subject_type' | 'subject_id'> {
  return { subject_type: 'LIMIT_PROPOSAL', subject_id: data.proposal_id }
}

/** How a proposal ended, as its service says. One that waited too long was withdrawn by nobody. */
export function endOfProposal({
  status,
  decided_by,
}: {
  status: 'APPROVED' | 'REJECTED' | 'WITHDRAWN' | 'EXPIRED'
  decided_by: string | null
}): End {
  return status === 'EXPIRED'
    ? { status: 'WITHDRAWN', reason: 'EXPIRED', decided_by }
    : { status, reason: null, decided_by }
}

/** The subject that a customer's KYC is. */
export function kycOf({ data }: EventMessage<{ customer_id: string }>): Pick<Closing, 'subject_type' | 'subject_id'> {
  return { subject_type: 'KYC', subject_id: data.customer_id }
}
