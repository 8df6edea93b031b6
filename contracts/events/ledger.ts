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

export const businessDateChanged = event({
  ...family,
  type: 'business_date.changed',
  partitionKey: 'business_date',
  subject: 'business_date',
  data: Type.Object({ business_date: IsoDate, previous: IsoDate }),
})
