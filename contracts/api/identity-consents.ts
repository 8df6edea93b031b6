import { Type } from 'typebox'
import { operationsOf } from '#libs/contract/operation.ts'
import {
  CurrencyCode,
  Id,
  IsoDate,
  NullableId,
  NullableText,
  NullableTimestamp,
  OneOf,
  PageOf,
  PlainText,
  PositiveCents,
  pageQuery,
  Timestamp,
} from '#libs/contract/schema.ts'
import { CONSENT_ENDERS, CONSENT_STATUSES } from '../enums.ts'

const operation = operationsOf('identity-service')
const byConsent = Type.Object({ consent_id: Id })
const STAFF = ['compliance', 'operator'] as const

/** Accounts that a third party may look at. */
const AccountAccessAllowed = Type.Object({
  actions: Type.Array(Type.String()),
  account_ids: Type.Array(Id),
  expires_on: Type.Union([IsoDate, Type.Null()]),
})

/** The one payment that a third party may start. */
const PaymentAllowed = Type.Object({
  amount_cents: PositiveCents,
  currency: CurrencyCode,
  destination_account_number: Type.String(),
  payee_name: Type.String(),
  reference: NullableText(140),
  source_account_id: NullableId,
})

/** What a customer allowed a third party, as it was shown when it was allowed. */
export const Consent = Type.Object({
  consent_id: Id,
  client_id: Type.String(),
  /** The third party's name and registration as they were shown. */
  client_name: Type.String(),
  client_registration: NullableText(140),
  /** AUTHORISED until the third party fetched its first token, then ACTIVE; a payment that was made is USED. */
  status: OneOf(CONSENT_STATUSES),
  scopes: Type.Array(Type.String()),
  account_access: Type.Array(AccountAccessAllowed),
  payment: Type.Union([PaymentAllowed, Type.Null()]),
  created_at: Timestamp,
  expires_at: Timestamp,
  last_used_at: NullableTimestamp,
  ended_at: NullableTimestamp,
  ended_by: Type.Union([OneOf(CONSENT_ENDERS), Type.Null()]),
  ended_reason: NullableText(280),
})

export const listConsents = operation({
  id: 'listConsents',
  method: 'GET',
  path: '/consents',
  summary: 'What the signed-in customer allowed third parties, newest first; staff name the user',
  access: { signedIn: true },
  query: Type.Object({
    ...pageQuery,
    status: Type.Optional(OneOf(CONSENT_STATUSES)),
    user_id: Type.Optional(Id),
  }),
  reply: PageOf(Consent),
  auditStaff: true,
  problems: ['CURSOR_WRONG', 'USER_REQUIRED'],
})

export const getConsent = operation({
  id: 'getConsent',
  method: 'GET',
  path: '/consents/:consent_id',
  summary: 'One consent: for its customer, for staff, and for the third party that holds it',
  access: { signedIn: true, anyGrant: true },
  params: byConsent,
  reply: Consent,
  auditStaff: true,
  problems: ['CONSENT_NOT_FOUND'],
})

export const revokeConsent = operation({
  id: 'revokeConsent',
  method: 'DELETE',
  path: '/consents/:consent_id',
  summary: 'Takes a consent back, or as the third party gives it up: its tokens end within a second everywhere',
  access: { signedIn: true, anyGrant: true },
  params: byConsent,
  reply: Consent,
  problems: ['CONSENT_NOT_FOUND', 'CONSENT_OVER'],
})

export const endConsent = operation({
  id: 'endConsent',
  method: 'POST',
  path: '/consents/:consent_id/revocation',
  summary: 'Takes a consent back for the bank, which says why',
  access: { roles: STAFF },
  params: byConsent,
  body: Type.Object({ reason: PlainText(280, 5) }),
  reply: Consent,
  problems: ['CONSENT_NOT_FOUND', 'CONSENT_OVER'],
})
