import { Type } from 'typebox'
import { event } from '#libs/contract/event.ts'
import { CurrencyCode, Id, NullableText, OneOf, PositiveCents, Timestamp } from '#libs/contract/schema.ts'
import { USER_PROPOSAL_KINDS } from '../enums.ts'

const family = {
  topic: 'identity-events',
  source: 'identity-service',
  partitionKey: 'user_id',
  subject: 'user_id',
} as const

export const userRegistered = event({ ...family, type: 'user.registered', data: Type.Object({ user_id: Id }) })

export const userVerified = event({
  ...family,
  type: 'user.verified',
  data: Type.Object({ user_id: Id, channel: Type.String() }),
})

export const userDeactivated = event({
  ...family,
  type: 'user.deactivated',
  data: Type.Object({ user_id: Id, reason: Type.String() }),
})

/** Too many failures closed a sign-in for a while: its owner should know. */
export const userLockedOut = event({
  ...family,
  type: 'user.locked_out',
  data: Type.Object({ user_id: Id, until: Timestamp }),
})

export const userLoggedIn = event({
  ...family,
  type: 'user.logged_in',
  data: Type.Object({
    user_id: Id,
    session_id: Id,
    client_id: Type.Union([Type.String(), Type.Null()]),
    ip_hash: Type.Union([Type.String(), Type.Null()]),
    device_id: Type.Union([Type.String(), Type.Null()]),
    auth_method: Type.String(),
  }),
})

export const userLoginFailed = event({
  ...family,
  type: 'user.login_failed',
  data: Type.Object({
    user_id: Id,
    reason: Type.String(),
    ip_hash: Type.Union([Type.String(), Type.Null()]),
    failed_attempts: Type.Integer(),
  }),
})

export const passwordChanged = event({ ...family, type: 'user.password_changed', data: Type.Object({ user_id: Id }) })

export const sessionRevoked = event({
  ...family,
  type: 'session.revoked',
  data: Type.Object({ session_id: Id, user_id: Id }),
})

export const factorChanged = event({
  ...family,
  type: 'factor.changed',
  data: Type.Object({ user_id: Id, factor_type: Type.String(), change: Type.String() }),
})

/** What was allowed, without what is personal in it: neither the payee's name and account number nor the reference. */
const GrantedDetail = Type.Object({
  type: Type.String(),
  actions: Type.Optional(Type.Array(Type.String())),
  account_ids: Type.Optional(Type.Array(Id)),
  amount_cents: Type.Optional(PositiveCents),
  currency: Type.Optional(CurrencyCode),
  source_account_id: Type.Optional(Id),
})

export const consentGranted = event({
  ...family,
  type: 'consent.granted',
  data: Type.Object({
    consent_id: Id,
    session_id: Id,
    user_id: Id,
    client_id: Type.String(),
    scopes: Type.Array(Type.String()),
    authorization_details: Type.Array(GrantedDetail),
  }),
})

/** A consent ended before its time or with it; what the third party began and can still be stopped is. */
export const consentRevoked = event({
  ...family,
  type: 'consent.revoked',
  data: Type.Object({ consent_id: Id, user_id: Id, client_id: Type.String() }),
})

/** Somebody wishes something of a user that a second person decides. */
export const userProposalMade = event({
  ...family,
  type: 'user.proposal.made',
  data: Type.Object({
    proposal_id: Id,
    user_id: Id,
    kind: OneOf(USER_PROPOSAL_KINDS),
    proposed_by: Type.String(),
  }),
})

/** Nobody has to decide about it any more; what was approved is done. */
export const userProposalDecided = event({
  ...family,
  type: 'user.proposal.decided',
  data: Type.Object({
    proposal_id: Id,
    user_id: Id,
    status: OneOf(['APPROVED', 'REJECTED', 'WITHDRAWN', 'EXPIRED'] as const),
    /** Null where the time did. */
    decided_by: NullableText(60),
  }),
})

/** A user signed in from a device for the first time. */
export const deviceAdded = event({
  ...family,
  type: 'device.added',
  data: Type.Object({ user_id: Id, device_id: Id, is_first: Type.Boolean() }),
})

/** Somebody asked for a confirmation that the user denied: it was not him. */
export const approvalDenied = event({
  ...family,
  type: 'approval.denied',
  data: Type.Object({ user_id: Id, challenge_id: Id, purpose: Type.String() }),
})
