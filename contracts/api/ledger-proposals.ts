import { type TUnsafe, Type } from 'typebox'
import { operationsOf } from '#libs/contract/operation.ts'
import {
  Id,
  NullableId,
  NullableText,
  NullableTimestamp,
  OneOf,
  PageOf,
  PlainText,
  pageQuery,
  Timestamp,
} from '#libs/contract/schema.ts'
import { placeHold, postTransaction, STAFF } from './ledger.ts'

const operation = operationsOf('ledger-service')

const KINDS = ['TRANSACTION', 'HOLD', 'ADJUSTMENT', 'PERIOD_CLOSE'] as const
const STATUSES = ['PENDING', 'APPROVED', 'DONE', 'REFUSED', 'REJECTED', 'WITHDRAWN', 'EXPIRED'] as const

/** A month `2026-10` or a year `2026`. */
export const PeriodName: TUnsafe<string> = Type.Unsafe<string>({
  type: 'string',
  pattern: '^[0-9]{4}(-(0[1-9]|1[0-2]))?$',
})

/** What services book by themselves, without the step of a saga: the proposal is the step. */
const ProposedTransaction = Type.Omit(postTransaction.body, ['transaction_id', 'step', 'hold_id', 'releases_rest'])
const ProposedHold = Type.Omit(placeHold.body, ['transaction_id', 'step'])

/** What a person wishes the ledger to do, and what became of it. */
export const Proposal = Type.Object({
  proposal_id: Id,
  kind: OneOf(KINDS),
  /** APPROVED is carried out within a second: then DONE, or REFUSED with the ledger's reason. */
  status: OneOf(STATUSES),
  transaction: Type.Union([ProposedTransaction, Type.Null()]),
  hold: Type.Union([ProposedHold, Type.Null()]),
  /** The period to close, or the closed month that an adjustment counts in. */
  period: NullableText(7),
  reason: Type.String(),
  /** References of what proves it: numbers of invoices, minutes, tickets. */
  documents: Type.Array(Type.String()),
  proposed_by: Type.String(),
  proposed_at: Timestamp,
  expires_at: Timestamp,
  decided_by: NullableText(60),
  decided_at: NullableTimestamp,
  decision_reason: NullableText(280),
  carried_out_at: NullableTimestamp,
  ledger_transaction_id: NullableId,
  hold_id: NullableId,
  refusal_code: NullableText(60),
  refusal_detail: NullableText(500),
})

export const proposeBooking = operation({
  id: 'proposeBooking',
  method: 'POST',
  path: '/ledger/proposals',
  summary: 'Proposes a transaction, a hold or an adjustment of a closed period; booked when a second person approves',
  description:
    'The way for people into the ledger: `POST /ledger/transactions` and `POST /ledger/holds` are for services. An adjustment is a transaction with ' +
    'a value date in a closed month; it is booked under the business date of its approval and names the proposal.',
  access: { roles: ['operator'] },
  body: Type.Object({
    kind: OneOf(['TRANSACTION', 'HOLD', 'ADJUSTMENT'] as const),
    /** For TRANSACTION and ADJUSTMENT. */
    transaction: Type.Optional(ProposedTransaction),
    /** For HOLD. */
    hold: Type.Optional(ProposedHold),
    reason: PlainText(280),
    documents: Type.Optional(Type.Array(PlainText(120), { maxItems: 20 })),
  }),
  reply: Proposal,
  status: 201,
  location: '/ledger/proposals',
  money: true,
  idempotency: 'required',
  problems: ['PROPOSAL_INCOMPLETE', 'PERIOD_CLOSED', 'PERIOD_OPEN'],
})

export const listProposals = operation({
  id: 'listProposals',
  method: 'GET',
  path: '/ledger/proposals',
  summary: 'Proposals, newest first: those that wait, or the adjustments of a period',
  access: { roles: STAFF },
  query: Type.Object({
    ...pageQuery,
    status: Type.Optional(OneOf(STATUSES)),
    kind: Type.Optional(OneOf(KINDS)),
    /** A year stands for all its months. */
    period: Type.Optional(PeriodName),
  }),
  reply: PageOf(Proposal),
  problems: ['CURSOR_WRONG'],
})

const byProposal = Type.Object({ proposal_id: Id })

export const getProposal = operation({
  id: 'getProposal',
  method: 'GET',
  path: '/ledger/proposals/:proposal_id',
  summary: 'One proposal with its outcome',
  access: { roles: STAFF, services: ['admin-service'] },
  params: byProposal,
  reply: Proposal,
  problems: ['PROPOSAL_NOT_FOUND'],
})

const Decision = Type.Object({ reason: PlainText(280) })

export const approveProposal = operation({
  id: 'approveProposal',
  method: 'POST',
  path: '/ledger/proposals/:proposal_id/approve',
  summary: 'A second person lets a proposal be carried out; its outcome stands in it within a second',
  access: { roles: ['operator', 'compliance'], services: ['admin-service'] },
  params: byProposal,
  body: Decision,
  reply: Proposal,
  status: 202,
  money: true,
  problems: ['PROPOSAL_NOT_FOUND', 'OWN_PROPOSAL', 'NOT_PENDING'],
  stepUp: true,
})

export const rejectProposal = operation({
  id: 'rejectProposal',
  method: 'POST',
  path: '/ledger/proposals/:proposal_id/reject',
  summary: 'A second person stops a proposal',
  access: { roles: ['operator', 'compliance'], services: ['admin-service'] },
  params: byProposal,
  body: Decision,
  reply: Proposal,
  problems: ['PROPOSAL_NOT_FOUND', 'OWN_PROPOSAL', 'NOT_PENDING'],
})

export const withdrawProposal = operation({
  id: 'withdrawProposal',
  method: 'POST',
  path: '/ledger/proposals/:proposal_id/withdraw',
  summary: 'Who proposed it takes it back while it waits',
  access: { roles: ['operator'] },
  params: byProposal,
  reply: Proposal,
  problems: ['PROPOSAL_NOT_FOUND', 'NOT_PENDING'],
})
