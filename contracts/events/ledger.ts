import { Type } from 'typebox'
import { event } from '#libs/contract/event.ts'
import { Cents, CurrencyCode, Id, IsoDate, PositiveCents, Timestamp } from '#libs/contract/schema.ts'

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
  data: Type.Object({ hold_id: Id, account_id: Id, amount_cents: PositiveCents, ledger_transaction_id: Id }),
})

export const ledgerHoldReleased = event({
  ...aboutHold,
  type: 'ledger.hold.released',
  data: Type.Object({ hold_id: Id, account_id: Id, amount_cents: Cents, reason_code: Type.String() }),
})

/** A business day is over: nothing more is booked under it. */
export const ledgerPeriodClosed = event({
  ...family,
  type: 'ledger.period.closed',
  partitionKey: 'period',
  subject: 'period',
  /** `period` is the day (`2026-11-20`); `is_month_end` on the last of a month. */
  data: Type.Object({ period: IsoDate, business_date: IsoDate, is_month_end: Type.Boolean() }),
})

/** Cached and computed disagree: an alert. One event for each account that differs. */
export const reconciliationFailed = event({
  ...family,
  type: 'reconciliation.failed',
  partitionKey: 'account_id',
  subject: 'run_id',
  data: Type.Object({ run_id: Id, account_id: Id, cached_cents: Cents, computed_cents: Cents }),
})

export const businessDateChanged = event({
  ...family,
  type: 'business_date.changed',
  partitionKey: 'business_date',
  subject: 'business_date',
  data: Type.Object({ business_date: IsoDate, previous: IsoDate }),
})
