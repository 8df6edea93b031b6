import { Type } from 'typebox'
import { event } from '#libs/contract/event.ts'
import {
  Cents,
  CurrencyCode,
  Id,
  IsoDate,
  NullableCents,
  NullableText,
  OneOf,
  PositiveCents,
  Timestamp,
} from '#libs/contract/schema.ts'

const family = { topic: 'ledger-events', source: 'ledger-service' } as const

export const ledgerTransactionPosted = event({
  ...family,
  type: 'ledger.transaction.posted',
  partitionKey: 'account_id',
  subject: 'ledger_transaction_id',
  data: Type.Object({
    ledger_transaction_id: Id,
    /** The first account of the postings: the key that keeps an account's events in order where one account is the usual case. */
    account_id: Id,
    transaction_id: Id,
    /** The service that booked it: others than transaction-service appear in the history by this event alone. */
    source: Type.Optional(Type.String()),
    business_event: Type.String(),
    postings: Type.Array(
      Type.Object({
        account_id: Id,
        sequence: Type.Integer(),
        amount_cents: Cents,
        currency: CurrencyCode,
        balance_cents: Cents,
      }),
    ),
    value_date: IsoDate,
    booked_at: Timestamp,
    reference: Type.String(),
    /** What one currency was sold for another at. */
    exchange: Type.Optional(
      Type.Object({ sell_currency: CurrencyCode, buy_currency: CurrencyCode, rate: Type.String() }),
    ),
    metadata: Type.Optional(Type.Record(Type.String(), Type.String())),
  }),
})

const aboutHold = { ...family, partitionKey: 'account_id', subject: 'hold_id' } as const

export const ledgerHoldPlaced = event({
  ...aboutHold,
  type: 'ledger.hold.placed',
  data: Type.Object({
    hold_id: Id,
    account_id: Id,
    amount_cents: PositiveCents,
    currency: CurrencyCode,
    expires_at: Timestamp,
  }),
})

export const ledgerHoldCaptured = event({
  ...aboutHold,
  type: 'ledger.hold.captured',
  data: Type.Object({
    hold_id: Id,
    account_id: Id,
    /** What this capture took. */
    amount_cents: PositiveCents,
    ledger_transaction_id: Id,
    /** What all captures took so far. */
    captured_cents: Type.Optional(Cents),
    /** The hold ended; otherwise more may be taken out of it. */
    is_final: Type.Optional(Type.Boolean()),
  }),
})

/** More is reserved under a hold. */
export const ledgerHoldIncreased = event({
  ...aboutHold,
  type: 'ledger.hold.increased',
  data: Type.Object({
    hold_id: Id,
    account_id: Id,
    /** What was added. */
    amount_cents: PositiveCents,
    currency: CurrencyCode,
    expires_at: Timestamp,
  }),
})

export const ledgerHoldReleased = event({
  ...aboutHold,
  type: 'ledger.hold.released',
  data: Type.Object({ hold_id: Id, account_id: Id, amount_cents: Cents, reason_code: Type.String() }),
})

/** A person wishes something of the ledger: a second one decides. */
export const ledgerProposalMade = event({
  ...family,
  type: 'ledger.proposal.made',
  partitionKey: 'proposal_id',
  subject: 'proposal_id',
  data: Type.Object({
    proposal_id: Id,
    kind: OneOf(['TRANSACTION', 'HOLD', 'ADJUSTMENT', 'PERIOD_CLOSE'] as const),
    period: NullableText(7),
    /** What it moves or holds: null where a period is closed. */
    amount_cents: NullableCents,
    currency: NullableText(3),
    proposed_by: Type.String(),
  }),
})

/** Nobody has to decide about a proposal any more. What is booked for it is told by its own event. */
export const ledgerProposalDecided = event({
  ...family,
  type: 'ledger.proposal.decided',
  partitionKey: 'proposal_id',
  subject: 'proposal_id',
  data: Type.Object({
    proposal_id: Id,
    status: OneOf(['APPROVED', 'REJECTED', 'WITHDRAWN', 'EXPIRED'] as const),
    /** Null where the time did. */
    decided_by: NullableText(60),
  }),
})

/** A business day is over: nothing more is booked under it. Or a month or a year is: nothing more counts in it but adjustments. */
export const ledgerPeriodClosed = event({
  ...family,
  type: 'ledger.period.closed',
  partitionKey: 'period',
  subject: 'period',
  /**
   * `period` is the day (`2026-11-20`), the month (`2026-11`) or the year; `business_date` its last day; `is_month_end` on the day that is the last
   * of a month. Without `kind` it is a day.
   */
  data: Type.Object({
    period: Type.String({ pattern: '^[0-9]{4}(-[0-9]{2}){0,2}$' }),
    business_date: IsoDate,
    is_month_end: Type.Boolean(),
    kind: Type.Optional(OneOf(['DAY', 'MONTH', 'YEAR'] as const)),
  }),
})

/**
 * Cached and computed disagree: an alert. One event for each account that differs; where debits are not credits one for each currency, with an account
 * of zeros and by how much they are more.
 */
export const reconciliationFailed = event({
  ...family,
  type: 'reconciliation.failed',
  partitionKey: 'account_id',
  subject: 'run_id',
  data: Type.Object({
    run_id: Id,
    account_id: Id,
    cached_cents: Cents,
    computed_cents: Cents,
    /** Where debits are not credits. */
    currency: Type.Optional(CurrencyCode),
  }),
})

export const businessDateChanged = event({
  ...family,
  type: 'business_date.changed',
  partitionKey: 'business_date',
  subject: 'business_date',
  data: Type.Object({ business_date: IsoDate, previous: IsoDate }),
})
