import { Type } from 'typebox'
import { event } from '#libs/contract/event.ts'
import { CurrencyCode, Id, IsoDate, NullableId, OneOf, Timestamp } from '#libs/contract/schema.ts'
import { CAPABILITIES } from '../enums.ts'

const family = {
  topic: 'customer-events',
  source: 'customer-service',
  partitionKey: 'customer_id',
  subject: 'customer_id',
} as const

export const customerCreated = event({
  ...family,
  type: 'customer.created',
  data: Type.Object({
    customer_id: Id,
    /** Null for a customer who does not sign in (yet). */
    user_id: NullableId,
    /** The currency of the first account; null where the bank opens none by itself. */
    home_currency: Type.Union([CurrencyCode, Type.Null()]),
  }),
})

export const customerUpdated = event({
  ...family,
  type: 'customer.updated',
  data: Type.Object({
    customer_id: Id,
    change_type: Type.String(),
    /** Names of fields only, never their values. */
    updated_fields: Type.Array(Type.String()),
    timestamp: Timestamp,
  }),
})

export const customerCreationRolledBack = event({
  ...family,
  type: 'customer.creation.rolled_back',
  data: Type.Object({ customer_id: Id, reason: Type.String() }),
})

export const kycSubmitted = event({
  ...family,
  type: 'kyc.submitted',
  data: Type.Object({ customer_id: Id, document_ids: Type.Array(Id), submitted_by: Type.String() }),
})

export const kycApproved = event({
  ...family,
  type: 'kyc.approved',
  data: Type.Object({ customer_id: Id, verified_by: Type.String(), expires_on: IsoDate }),
})

/** `is_final` when the customer was never verified before: what was opened for him is taken back. */
export const kycRejected = event({
  ...family,
  type: 'kyc.rejected',
  data: Type.Object({ customer_id: Id, reasons: Type.Array(Type.String()), is_final: Type.Boolean() }),
})

export const kycExpired = event({
  ...family,
  type: 'kyc.expired',
  data: Type.Object({ customer_id: Id, document_id: NullableId, document_expiry: IsoDate }),
})

const relation = Type.Object({
  customer_id: Id,
  related_customer_id: Id,
  relation: OneOf(['JOINT', 'DELEGATE'] as const),
  capabilities: Type.Array(OneOf(CAPABILITIES)),
})

/** Somebody may act for a customer, on all of his accounts, those to come included. */
export const customerRelationAdded = event({ ...family, type: 'customer.relation.added', data: relation })

export const customerRelationRemoved = event({
  ...family,
  type: 'customer.relation.removed',
  data: Type.Object({ customer_id: Id, related_customer_id: Id }),
})
