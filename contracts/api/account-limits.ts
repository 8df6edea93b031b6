import { Type } from 'typebox'
import { operationsOf } from '#libs/contract/operation.ts'
import {
  CurrencyCode,
  Id,
  NullableCents,
  NullableText,
  NullableTimestamp,
  OneOf,
  PageOf,
  PlainText,
  pageQuery,
  Timestamp,
} from '#libs/contract/schema.ts'

const operation = operationsOf('account-service')

const Reason = PlainText(280)

/** Limits beyond what an owner may set, as one officer wishes them, and what another said. APPROVED is done. */
export const LimitProposal = Type.Object({
  proposal_id: Id,
  account_id: Id,
  currency: CurrencyCode,
  status: OneOf(['PENDING', 'APPROVED', 'REJECTED', 'EXPIRED'] as const),
  /** What would change; a limit of null is none. */
  changes: Type.Array(OneOf(['daily_limit_cents', 'monthly_limit_cents'] as const)),
  daily_limit_cents: NullableCents,
  monthly_limit_cents: NullableCents,
  reason: Type.String(),
  proposed_by: Type.String(),
  proposed_at: Timestamp,
  expires_at: Timestamp,
  decided_by: NullableText(60),
  decided_at: NullableTimestamp,
  decision_reason: NullableText(280),
})

export const proposeAccountLimits = operation({
  id: 'proposeAccountLimits',
  method: 'POST',
  path: '/accounts/:account_id/limit-proposals',
  summary: 'Proposes limits beyond what an owner may set himself, or what was lowered before; a second officer decides',
  access: { roles: ['compliance'] },
  params: Type.Object({ account_id: Id }),
  body: Type.Object({
    daily_limit_cents: Type.Optional(NullableCents),
    monthly_limit_cents: Type.Optional(NullableCents),
    reason: Reason,
  }),
  reply: LimitProposal,
  status: 202,
  location: '/limit-proposals',
  problems: [
    'ACCOUNT_NOT_FOUND',
    'OWN_ACCOUNT',
    'ACCOUNT_CLOSED',
    'LIMIT_WRONG',
    'NOTHING_TO_CHANGE',
    'PROPOSAL_PENDING',
  ],
})

export const listLimitProposals = operation({
  id: 'listLimitProposals',
  method: 'GET',
  path: '/accounts/:account_id/limit-proposals',
  summary: 'What was proposed about the limits of an account, newest first',
  access: { roles: ['compliance', 'auditor', 'admin'] },
  params: Type.Object({ account_id: Id }),
  query: Type.Object({ ...pageQuery }),
  reply: PageOf(LimitProposal),
  audit: true,
  problems: ['ACCOUNT_NOT_FOUND', 'CURSOR_WRONG'],
})

const byProposal = Type.Object({ proposal_id: Id })

export const getLimitProposal = operation({
  id: 'getLimitProposal',
  method: 'GET',
  path: '/limit-proposals/:proposal_id',
  summary: 'One of them, with its reason and what was decided',
  access: { roles: ['compliance', 'auditor', 'admin'], services: ['admin-service'] },
  params: byProposal,
  reply: LimitProposal,
  audit: true,
  problems: ['PROPOSAL_NOT_FOUND'],
})

const DECISION = {
  access: { roles: ['compliance'], services: ['admin-service'] },
  params: byProposal,
  body: Type.Object({ reason: Reason }),
  reply: LimitProposal,
} as const

export const approveLimitProposal = operation({
  id: 'approveLimitProposal',
  method: 'POST',
  path: '/limit-proposals/:proposal_id/approve',
  summary: 'A second officer approves; the ledger enforces the limits from the answer on',
  ...DECISION,
  stepUp: true,
  problems: [
    'PROPOSAL_NOT_FOUND',
    'OWN_PROPOSAL',
    'NOT_PENDING',
    'OWN_ACCOUNT',
    'ACCOUNT_CLOSED',
    'ACCOUNT_CHANGED',
    'NOTHING_TO_CHANGE',
  ],
})

export const rejectLimitProposal = operation({
  id: 'rejectLimitProposal',
  method: 'POST',
  path: '/limit-proposals/:proposal_id/reject',
  summary: 'A second officer stops it; nothing changes',
  ...DECISION,
  problems: ['PROPOSAL_NOT_FOUND', 'OWN_PROPOSAL', 'NOT_PENDING', 'OWN_ACCOUNT', 'ACCOUNT_CHANGED'],
})
