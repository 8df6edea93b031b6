import { Type } from 'typebox'
import { operationsOf } from '#libs/contract/operation.ts'
import {
  Cents,
  CurrencyCode,
  Id,
  NullableCents,
  OneOf,
  PageOf,
  PositiveCents,
  pageQuery,
} from '#libs/contract/schema.ts'
import { HOLD_STATUSES } from '../enums.ts'
import {
  BOOKING_PROBLEMS,
  BOOKING_SERVICES,
  bookingFields,
  Hold,
  LedgerTransaction,
  MemberProblem,
  MONEY_SERVICES,
  placeHold,
  STAFF,
  stepFields,
} from './ledger.ts'

const operation = operationsOf('ledger-service')
const byHold = Type.Object({ hold_id: Id })

export const captureHold = operation({
  id: 'captureHold',
  method: 'POST',
  path: '/ledger/holds/:hold_id/capture',
  summary: 'Takes a part of a hold, or all of it, as a booked transaction; more may be taken later unless it is final',
  description:
    'What the postings take out of the account of the hold is captured. A hold of which nothing is left is CAPTURED.',
  access: { services: BOOKING_SERVICES },
  params: byHold,
  body: Type.Object({
    ...bookingFields,
    /** True: what is left is released. */
    is_final: Type.Optional(Type.Boolean()),
  }),
  reply: Type.Object({ transaction: LedgerTransaction, hold: Hold }),
  status: 201,
  money: true,
  batched: true,
  idempotency: 'accepted',
  audit: false,
  problems: [...BOOKING_PROBLEMS],
})

const incrementFields = {
  amount_cents: PositiveCents,
  /** Seconds of the bank clock from now until it expires, when that is later than before. */
  expires_in_s: Type.Optional(Type.Integer({ minimum: 1, maximum: 31_536_000 })),
}

export const incrementHold = operation({
  id: 'incrementHold',
  method: 'POST',
  path: '/ledger/holds/:hold_id/increment',
  summary: 'Reserves more under a hold, and longer where it is asked',
  description: 'By the rules of a new hold: it counts against the limits of the day on which it is added.',
  access: { services: BOOKING_SERVICES },
  params: byHold,
  body: Type.Object({ ...stepFields, ...incrementFields }),
  reply: Hold,
  money: true,
  batched: true,
  idempotency: 'accepted',
  audit: false,
  problems: [
    'HOLD_NOT_ACTIVE',
    'INSUFFICIENT_FUNDS',
    'ACCOUNT_BLOCKED',
    'LEDGER_ACCOUNT_CLOSED',
    'BALANCE_OUT_OF_RANGE',
    'LIMIT_EXCEEDED',
  ],
})

export const listHolds = operation({
  id: 'listHolds',
  method: 'GET',
  path: '/ledger/accounts/:ledger_account_id/holds',
  summary: 'The holds of an account, newest first',
  access: { roles: STAFF, owner: 'ledger_account_id', services: BOOKING_SERVICES },
  params: Type.Object({ ledger_account_id: Id }),
  query: Type.Object({ ...pageQuery, status: Type.Optional(OneOf(HOLD_STATUSES)) }),
  reply: PageOf(Hold),
  problems: ['LEDGER_ACCOUNT_NOT_FOUND', 'CURSOR_WRONG'],
})

/** What a command about a hold would come to. */
const HoldPreview = Type.Object({
  is_accepted: Type.Boolean(),
  /** Why not. */
  problem: Type.Union([MemberProblem, Type.Null()]),
  ledger_balance_cents: Cents,
  held_cents: Cents,
  available_balance_cents: NullableCents,
})

export const previewHold = operation({
  id: 'previewHold',
  method: 'POST',
  path: '/ledger/holds/preview',
  summary: 'Whether a hold would be placed now, and what the account would have then; nothing is written',
  access: { roles: STAFF, services: BOOKING_SERVICES },
  body: Type.Object({
    ledger_account_id: placeHold.body.properties.ledger_account_id,
    amount_cents: PositiveCents,
    currency: CurrencyCode,
  }),
  reply: HoldPreview,
  audit: false,
  problems: ['LEDGER_ACCOUNT_NOT_FOUND'],
})

const ChangePreview = Type.Object({
  ...HoldPreview.properties,
  /** As it would be; as it is where nothing would change. */
  hold: Hold,
})

export const previewIncrement = operation({
  id: 'previewIncrement',
  method: 'POST',
  path: '/ledger/holds/:hold_id/increment/preview',
  summary: 'Whether more would be reserved under a hold now, and what the account would have then; nothing is written',
  access: { roles: STAFF, services: BOOKING_SERVICES },
  params: byHold,
  body: Type.Object(incrementFields),
  reply: ChangePreview,
  audit: false,
  problems: ['HOLD_NOT_FOUND'],
})

export const previewRelease = operation({
  id: 'previewRelease',
  method: 'POST',
  path: '/ledger/holds/:hold_id/release/preview',
  summary: 'What giving a hold back now would leave of it and of the account; nothing is written',
  access: { roles: STAFF, services: MONEY_SERVICES },
  params: byHold,
  reply: ChangePreview,
  audit: false,
  problems: ['HOLD_NOT_FOUND'],
})
