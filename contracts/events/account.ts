import { Type } from 'typebox'
import { event } from '#libs/contract/event.ts'
import { CurrencyCode, Id, OneOf } from '#libs/contract/schema.ts'
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
