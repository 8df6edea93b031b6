import { Type } from 'typebox'
import { event } from '#libs/contract/event.ts'
import { Cents, CurrencyCode, Id, IsoDate, NullableText, OneOf, Timestamp } from '#libs/contract/schema.ts'
import { ACCOUNT_STATUSES, ACCOUNT_TYPES } from '../enums.ts'

const family = {
  topic: 'account-events',
  source: 'account-service',
  partitionKey: 'account_id',
  subject: 'account_id',
} as const

export const accountCreated = event({
  ...family,
  type: 'account.created',
  data: Type.Object({
    account_id: Id,
    customer_id: Id,
    account_number_last4: Type.String(),
    account_type: OneOf(ACCOUNT_TYPES),
    currency: CurrencyCode,
    branch_id: Type.String(),
    status: OneOf(ACCOUNT_STATUSES),
  }),
})

/** No account could be opened for a new customer: customer-service takes the customer back. */
export const accountCreationFailed = event({
  ...family,
  type: 'account.creation.failed',
  partitionKey: 'customer_id',
  subject: 'customer_id',
  data: Type.Object({ customer_id: Id, reason: Type.String() }),
})

/** A pending account may be used: its customer is known now. */
export const accountActivated = event({
  ...family,
  type: 'account.activated',
  data: Type.Object({ account_id: Id, customer_id: Id }),
})

export const accountUpdated = event({
  ...family,
  type: 'account.updated',
  data: Type.Object({ account_id: Id, change_type: Type.String(), changed_fields: Type.Array(Type.String()) }),
})

/** The available balance fell below what the owner wants to be told of. */
export const accountBalanceLow = event({
  ...family,
  type: 'account.balance.low',
  data: Type.Object({
    account_id: Id,
    available_balance_cents: Cents,
    threshold_cents: Cents,
    currency: CurrencyCode,
    as_of: Timestamp,
  }),
})

/** A statement of a closed month is there. */
export const accountStatementReady = event({
  ...family,
  type: 'account.statement.ready',
  data: Type.Object({ account_id: Id, statement_id: Id, from: IsoDate, to: IsoDate }),
})

export const accountFrozen = event({
  ...family,
  type: 'account.frozen',
  data: Type.Object({ account_id: Id, customer_id: Id, reason_code: Type.String(), changed_by: Type.String() }),
})

export const accountUnfrozen = event({
  ...family,
  type: 'account.unfrozen',
  data: Type.Object({ account_id: Id, changed_by: Type.String() }),
})

export const accountClosed = event({
  ...family,
  type: 'account.closed',
  data: Type.Object({ account_id: Id, reason: Type.String() }),
})

export const accountOwnerAdded = event({
  ...family,
  type: 'account.owner.added',
  // One event per capability list: `capability` joins them with commas.
  data: Type.Object({ account_id: Id, customer_id: Id, capability: Type.String() }),
})

export const accountOwnerRemoved = event({
  ...family,
  type: 'account.owner.removed',
  data: Type.Object({ account_id: Id, customer_id: Id }),
})

/** An officer wishes limits for an account that take a second one. */
export const accountLimitsProposed = event({
  ...family,
  type: 'account.limits.proposed',
  data: Type.Object({ proposal_id: Id, account_id: Id, proposed_by: Type.String() }),
})

/** Nobody has to decide about them any more; what was approved is done. */
export const accountLimitsDecided = event({
  ...family,
  type: 'account.limits.decided',
  data: Type.Object({
    proposal_id: Id,
    account_id: Id,
    status: OneOf(['APPROVED', 'REJECTED', 'EXPIRED'] as const),
    /** Null where the time did. */
    decided_by: NullableText(60),
  }),
})
