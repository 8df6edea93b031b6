import { Type } from 'typebox'
import { operationsOf } from '#libs/contract/operation.ts'
import { Id, NullableText, OneOf } from '#libs/contract/schema.ts'
import { BOOKING_SERVICES, postTransaction } from './ledger.ts'

const operation = operationsOf('ledger-service')

/** All or none, or each for itself. */
const BULK_MODES = ['atomic', 'each'] as const
/** BOOKED now or REPLAYED (booked before, under the same step); NOT_BOOKED because another was refused; UNKNOWN: send it again. */
const BULK_STATUSES = ['BOOKED', 'REPLAYED', 'REFUSED', 'NOT_BOOKED', 'UNKNOWN'] as const

/** Why a member was refused: a problem (RFC 9457) with what helps the caller. */
const MemberProblem = Type.Unsafe<{ code: string; status: number; title: string; detail: string }>({
  type: 'object',
  required: ['code', 'status', 'title', 'detail'],
})

const BulkItem = Type.Object({
  /** As it was sent; null where a line cannot be read. */
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
    '`application/x-ndjson`, one transaction a line, it is answered line by line while it comes in (`?mode=each`), or at the end (`?mode=atomic`).',
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
