import { Type } from 'typebox'
import { operationsOf } from '#libs/contract/operation.ts'
import {
  Id,
  NullableText,
  NullableTimestamp,
  OneOf,
  PageOf,
  PlainText,
  pageQuery,
  Timestamp,
} from '#libs/contract/schema.ts'
import { ROLES, USER_PROPOSAL_KINDS } from '../enums.ts'
import { User } from './identity.ts'

const operation = operationsOf('identity-service')

const STATUSES = ['PENDING', 'APPROVED', 'REJECTED', 'WITHDRAWN', 'EXPIRED'] as const
const Reason = PlainText(280)
const NullableRoles = Type.Union([Type.Array(OneOf(ROLES)), Type.Null()])
const byUser = Type.Object({ user_id: Id })

/** What one person wishes to do to a user, and what a second one said of it. APPROVED is done: both happen in one transaction. */
export const UserProposal = Type.Object({
  proposal_id: Id,
  kind: OneOf(USER_PROPOSAL_KINDS),
  user_id: Id,
  status: OneOf(STATUSES),
  /** Of ROLES: those of today and those that are wished; null of every other kind. */
  roles_before: NullableRoles,
  roles: NullableRoles,
  reason: Type.String(),
  proposed_by: Type.String(),
  proposed_at: Timestamp,
  /** A week later nobody may decide it any more. */
  expires_at: Timestamp,
  decided_by: NullableText(60),
  decided_at: NullableTimestamp,
  decision_reason: NullableText(280),
})

const PROPOSING = ['USER_NOT_FOUND', 'PROPOSAL_PENDING', 'NOTHING_TO_CHANGE'] as const

export const changeRoles = operation({
  id: 'changeRoles',
  method: 'PUT',
  path: '/users/:user_id/roles',
  summary: 'Proposes the roles of a user, of a customer or of staff; they count when a second admin approves',
  description: 'At the approval the user signs in anew: every session ends with the old roles.',
  access: { roles: ['admin'] },
  params: byUser,
  body: Type.Object({ roles: Type.Array(OneOf(ROLES), { minItems: 1, maxItems: 9 }), reason: Reason }),
  reply: UserProposal,
  status: 202,
  location: '/user-proposals',
  stepUp: true,
  problems: [...PROPOSING, 'OWN_ROLES', 'ROLES_MIXED'],
})

export const unlockUser = operation({
  id: 'unlockUser',
  method: 'POST',
  path: '/users/:user_id/unlock',
  summary:
    'Ends a lock-out, and forgets wrong codes of the address; of staff, and of a lock for good, with a second person',
  access: { roles: ['admin', 'support'] },
  params: byUser,
  body: Type.Object({ reason: Reason }),
  reply: Type.Object({
    /** PROPOSED: nothing is unlocked before somebody else approves. */
    status: OneOf(['UNLOCKED', 'PROPOSED'] as const),
    user: User,
    proposal: Type.Union([UserProposal, Type.Null()]),
  }),
  stepUp: true,
  problems: ['USER_NOT_FOUND', 'OWN_USER', 'PROPOSAL_PENDING'],
})

export const proposeFactorReset = operation({
  id: 'proposeFactorReset',
  method: 'POST',
  path: '/users/:user_id/factors/reset',
  summary: 'Proposes to take all second factors from a user who has lost them; a second person decides',
  access: { roles: ['admin', 'support', 'compliance'] },
  params: byUser,
  body: Type.Object({ reason: Reason }),
  reply: UserProposal,
  status: 202,
  location: '/user-proposals',
  stepUp: true,
  problems: [...PROPOSING, 'OWN_USER'],
})

const READERS = ['admin', 'support', 'compliance', 'auditor'] as const
const byProposal = Type.Object({ proposal_id: Id })

export const listUserProposals = operation({
  id: 'listUserProposals',
  method: 'GET',
  path: '/user-proposals',
  summary: 'What is to be done to users with a second person, newest first',
  access: { roles: READERS },
  query: Type.Object({ ...pageQuery, status: Type.Optional(OneOf(STATUSES)), user_id: Type.Optional(Id) }),
  reply: PageOf(UserProposal),
  audit: true,
  problems: ['CURSOR_WRONG'],
})

export const getUserProposal = operation({
  id: 'getUserProposal',
  method: 'GET',
  path: '/user-proposals/:proposal_id',
  summary: 'One of them, with its reason and what was decided',
  access: { roles: READERS, services: ['admin-service'] },
  params: byProposal,
  reply: UserProposal,
  audit: true,
  problems: ['PROPOSAL_NOT_FOUND'],
})

const DECISION = {
  access: { roles: ['admin', 'compliance'], services: ['admin-service'] },
  params: byProposal,
  body: Type.Object({ reason: Reason }),
  reply: UserProposal,
} as const
const DECIDING = ['PROPOSAL_NOT_FOUND', 'OWN_PROPOSAL', 'NOT_PENDING', 'FORBIDDEN'] as const

export const approveUserProposal = operation({
  id: 'approveUserProposal',
  method: 'POST',
  path: '/user-proposals/:proposal_id/approve',
  summary: 'A second person approves, and it is done; roles by admins alone',
  description:
    'Never by who proposed it, nor by the user whom it is about. Sessions and half-finished sign-ins of the user end.',
  ...DECISION,
  stepUp: true,
  problems: [...DECIDING, 'USER_CHANGED'],
})

export const rejectUserProposal = operation({
  id: 'rejectUserProposal',
  method: 'POST',
  path: '/user-proposals/:proposal_id/reject',
  summary: 'A second person stops it; nothing changes',
  ...DECISION,
  problems: [...DECIDING],
})

export const withdrawUserProposal = operation({
  id: 'withdrawUserProposal',
  method: 'POST',
  path: '/user-proposals/:proposal_id/withdraw',
  summary: 'Who proposed it takes it back while it waits',
  access: { roles: ['admin', 'support', 'compliance'] },
  params: byProposal,
  reply: UserProposal,
  problems: ['PROPOSAL_NOT_FOUND', 'NOT_PENDING'],
})
