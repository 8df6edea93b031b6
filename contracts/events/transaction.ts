import { Type } from 'typebox'
import { event } from '#libs/contract/event.ts'
import { CurrencyCode, Id, IsoDate, NullableId, OneOf, PositiveCents, Timestamp } from '#libs/contract/schema.ts'
import { BENEFICIARY_TYPES, TRANSACTION_STATUSES, TRANSACTION_TYPES } from '../enums.ts'

const family = {
  topic: 'transaction-events',
  source: 'transaction-service',
  partitionKey: 'account_id',
  subject: 'transaction_id',
} as const
const NullableWord = Type.Union([Type.String(), Type.Null()])

export const transactionInitiated = event({
  ...family,
  type: 'transaction.initiated',
  data: Type.Object({
    transaction_id: Id,
    transaction_ref: Type.String(),
    account_id: Id,
    related_account_id: NullableId,
    amount_cents: PositiveCents,
    currency: CurrencyCode,
    transaction_type: OneOf(TRANSACTION_TYPES),
    session_id: NullableWord,
    client_id: NullableWord,
    device_id: NullableWord,
    auth_method: NullableWord,
    initiated_by: Type.String(),
  }),
})

export const transactionBalanceReserved = event({
  ...family,
  type: 'transaction.balance_reserved',
  data: Type.Object({
    transaction_id: Id,
    hold_id: Id,
    account_id: Id,
    related_account_id: NullableId,
    amount_cents: PositiveCents,
    currency: CurrencyCode,
    session_id: NullableWord,
    device_id: NullableWord,
  }),
})

export const transactionFraudCheckPassed = event({
  ...family,
  type: 'transaction.fraud_check.passed',
  data: Type.Object({ transaction_id: Id, account_id: Id, fraud_score: Type.Integer() }),
})

export const transactionApprovalRequired = event({
  ...family,
  type: 'transaction.approval_required',
  data: Type.Object({
    transaction_id: Id,
    account_id: Id,
    rule: Type.String(),
    amount_cents: PositiveCents,
    currency: CurrencyCode,
  }),
})

/** The decision to book has been recorded: from here on the transaction ends booked or, if the ledger refuses, failed. */
export const transactionProcessing = event({
  ...family,
  type: 'transaction.processing',
  data: Type.Object({ transaction_id: Id, account_id: Id }),
})

/** The decision to give up has been recorded: the hold is released, then the transaction fails. */
export const transactionReleasing = event({
  ...family,
  type: 'transaction.releasing',
  data: Type.Object({ transaction_id: Id, account_id: Id, code: Type.String() }),
})

export const transactionProcessed = event({
  ...family,
  type: 'transaction.processed',
  data: Type.Object({ transaction_id: Id, account_id: Id, ledger_transaction_id: Id }),
})

export const transactionCompleted = event({
  ...family,
  type: 'transaction.completed',
  data: Type.Object({
    transaction_id: Id,
    transaction_ref: Type.String(),
    account_id: Id,
    related_account_id: NullableId,
    amount_cents: PositiveCents,
    currency: CurrencyCode,
    transaction_type: OneOf(TRANSACTION_TYPES),
    status: OneOf(TRANSACTION_STATUSES),
    branch_id: NullableWord,
    value_date: IsoDate,
    merchant_category_code: NullableWord,
    timestamp: Timestamp,
  }),
})

/** The one who wished it took it back before it was booked; its hold is released. */
export const transactionCancelled = event({
  ...family,
  type: 'transaction.cancelled',
  data: Type.Object({
    transaction_id: Id,
    account_id: Id,
    related_account_id: NullableId,
    amount_cents: PositiveCents,
    currency: CurrencyCode,
    cancelled_by: Type.String(),
  }),
})

/** A completed transaction was undone by another, once. */
export const transactionReversed = event({
  ...family,
  type: 'transaction.reversed',
  data: Type.Object({
    transaction_id: Id,
    reversal_transaction_id: Id,
    account_id: Id,
    related_account_id: NullableId,
    amount_cents: PositiveCents,
    currency: CurrencyCode,
    reason_code: Type.String(),
  }),
})

export const beneficiaryAdded = event({
  ...family,
  type: 'beneficiary.added',
  partitionKey: 'customer_id',
  subject: 'beneficiary_id',
  data: Type.Object({
    beneficiary_id: Id,
    customer_id: Id,
    user_id: Type.String(),
    beneficiary_type: OneOf(BENEFICIARY_TYPES),
  }),
})

export const transactionFailed = event({
  ...family,
  type: 'transaction.failed',
  data: Type.Object({
    transaction_id: Id,
    account_id: Id,
    amount_cents: PositiveCents,
    currency: CurrencyCode,
    code: Type.String(),
  }),
})
