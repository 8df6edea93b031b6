import { Type } from 'typebox'
import { operationsOf } from '#libs/contract/operation.ts'
import {
  Cents,
  CurrencyCode,
  Id,
  IsoDate,
  NullableCents,
  NullableText,
  OneOf,
  PageOf,
  pageQuery,
} from '#libs/contract/schema.ts'
import { NORMAL_SIDES } from '../enums.ts'
import {
  BOOKING_SERVICES,
  bookingFields,
  EventName,
  LedgerTransaction,
  MemberProblem,
  MONEY_SERVICES,
  postTransaction,
  reverseTransaction,
  STAFF,
} from './ledger.ts'

const operation = operationsOf('ledger-service')

/** All or none, or each for itself. */
const BULK_MODES = ['atomic', 'each'] as const
/**
 * BOOKED now or REPLAYED (booked before, under the same step); NOT_BOOKED because another was refused; UNKNOWN: send it again, or, where it has
 * no id and is the last, all that were not answered.
 */
const BULK_STATUSES = ['BOOKED', 'REPLAYED', 'REFUSED', 'NOT_BOOKED', 'UNKNOWN'] as const

const BulkItem = Type.Object({
  /** As it was sent; null where a line cannot be read, and in an UNKNOWN item that ends the answers to lines before their time. */
  transaction_id: Type.Union([Id, Type.Null()]),
  step: NullableText(30),
  status: OneOf(BULK_STATUSES),
  ledger_transaction_id: Type.Optional(Id),
  problem: Type.Optional(MemberProblem),
})

export const postInBulk = operation({
  id: 'postInBulk',
  method: 'POST',
  path: '/ledger/transactions/bulk',
  summary: 'Books up to 10,000 transactions: all or none, or each for itself',
  description:
    'Each is what `POST /ledger/transactions` takes, under its own step, so that a bulk is repeated as it is: what was booked is answered as ' +
    'REPLAYED. `atomic` books in their order under one lock, in one commit; when one is refused none is booked and no refusal is kept. As ' +
    '`application/x-ndjson`, one transaction a line, it is answered line by line while it comes in (`?mode=each`), or at the end (`?mode=atomic`). ' +
    'Should that fail on its way, its last item is UNKNOWN without an id, and of the lines without an answer nothing is known: send them again.',
  access: { services: BOOKING_SERVICES },
  query: Type.Object({
    /** Of lines; a JSON body says it itself. */
    mode: Type.Optional(
      Type.Unsafe<(typeof BULK_MODES)[number]>({ type: 'string', enum: [...BULK_MODES], default: 'each' }),
    ),
  }),
  body: Type.Object({
    mode: OneOf(BULK_MODES),
    transactions: Type.Array(postTransaction.body, { minItems: 1, maxItems: 10_000 }),
  }),
  reply: Type.Object({
    mode: OneOf(BULK_MODES),
    booked: Type.Integer(),
    replayed: Type.Integer(),
    refused: Type.Integer(),
    /** The place of the first that was refused; null when none was. */
    first_refused: Type.Union([Type.Integer(), Type.Null()]),
    /** One for each transaction, in their order. */
    items: Type.Array(BulkItem),
  }),
  money: true,
  audit: false,
  bulkOf: postTransaction,
  bodyLimitBytes: 8 * 1024 * 1024,
})

const { transaction_id: _transaction, step: _step, ...previewFields } = bookingFields

/** What booking it would come to. */
const TransactionPreview = Type.Object({
  is_accepted: Type.Boolean(),
  /** Why not. */
  problem: Type.Union([MemberProblem, Type.Null()]),
  /** Two a posting, debit before credit; none when it is refused. */
  entries: Type.Array(
    Type.Object({
      ledger_account_id: Id,
      side: OneOf(NORMAL_SIDES),
      signed_cents: Cents,
      balance_cents: Cents,
      currency: CurrencyCode,
    }),
  ),
  /** The accounts that it changes, as it would leave them. */
  accounts: Type.Array(
    Type.Object({
      ledger_account_id: Id,
      currency: CurrencyCode,
      ledger_balance_cents: Cents,
      held_cents: Cents,
      available_balance_cents: NullableCents,
    }),
  ),
})

export const previewTransaction = operation({
  id: 'previewTransaction',
  method: 'POST',
  path: '/ledger/transactions/preview',
  summary:
    'Whether a transaction would be booked now, and what it would do; nothing is written and nothing is kept waiting',
  description: 'With `hold_id` it is the capture of that hold, or of a part of it where `releases_rest` is false.',
  access: { roles: STAFF, services: BOOKING_SERVICES },
  body: Type.Object({
    ...previewFields,
    hold_id: Type.Optional(Id),
    releases_rest: Type.Optional(Type.Boolean()),
    is_limited: Type.Optional(Type.Boolean()),
  }),
  reply: TransactionPreview,
  audit: false,
})

export const previewReversal = operation({
  id: 'previewReversal',
  method: 'POST',
  path: '/ledger/transactions/:ledger_transaction_id/reverse/preview',
  summary: 'Whether a transaction would be reversed now, and what that would do; nothing is written',
  access: { roles: STAFF, services: MONEY_SERVICES },
  params: reverseTransaction.params,
  reply: TransactionPreview,
  audit: false,
  problems: ['LEDGER_TRANSACTION_NOT_FOUND'],
})

export const searchLedgerTransactions = operation({
  id: 'searchLedgerTransactions',
  method: 'GET',
  path: '/ledger/transactions',
  summary: 'Booked transactions, newest first, by what they say',
  description:
    '`metadata[name]=word` finds those that say so; several must all be true. A page looks at a bounded number of transactions: one may have ' +
    'fewer than `limit`, or none, and still a next page.',
  access: { roles: STAFF, services: BOOKING_SERVICES },
  query: Type.Object(
    {
      ...pageQuery,
      transaction_id: Type.Optional(Id),
      reference: Type.Optional(Type.String({ minLength: 1, maxLength: 80 })),
      business_event: Type.Optional(EventName),
      /** Business dates, both included. */
      from: Type.Optional(IsoDate),
      to: Type.Optional(IsoDate),
    },
    {
      patternProperties: {
        '^metadata\\[[A-Za-z][A-Za-z0-9_.-]{0,39}\\]$': { type: 'string', maxLength: 200 },
      },
    },
  ),
  reply: PageOf(LedgerTransaction),
  problems: ['CURSOR_WRONG'],
})
