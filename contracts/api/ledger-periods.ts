import { Type } from 'typebox'
import { operationsOf } from '#libs/contract/operation.ts'
import {
  CurrencyCode,
  Id,
  IsoDate,
  NullableId,
  NullableText,
  NullableTimestamp,
  OneOf,
  PlainText,
} from '#libs/contract/schema.ts'
import { LEDGER_ACCOUNT_TYPES, PERIOD_STATUSES } from '../enums.ts'
import { STAFF } from './ledger.ts'
import { Total } from './ledger-days.ts'
import { PeriodName, Proposal } from './ledger-proposals.ts'

const operation = operationsOf('ledger-service')

const byPeriod = Type.Object({ period: PeriodName })

export const closePeriod = operation({
  id: 'closePeriod',
  method: 'POST',
  path: '/ledger/periods/:period/close',
  summary: 'Proposes to close a month or a year; closed when a second person approves',
  description:
    'A month closes when all its days and the months before it are closed: from then on nothing is booked on a value date in it but approved ' +
    'adjustments. A year closes after its last month: income and expense of each currency are carried over to RETAINED_EARNINGS, or to what ' +
    '`CLOSING` is mapped to, by closing entries on its last day. What the books said at the close is kept and compared (`getPeriod`).',
  access: { roles: ['operator'] },
  params: byPeriod,
  body: Type.Object({ reason: PlainText(280) }),
  reply: Proposal,
  status: 201,
  location: '/ledger/proposals',
  idempotency: 'accepted',
  problems: ['PERIOD_NOT_FOUND', 'PERIOD_NOT_OVER', 'PERIOD_ALREADY_CLOSED', 'EARLIER_PERIOD_OPEN', 'PROPOSAL_PENDING'],
})

export const getPeriod = operation({
  id: 'getPeriod',
  method: 'GET',
  path: '/ledger/periods/:period',
  summary: 'A month or a year: who closed it and when, the trial balance it closed with, and what was compared',
  access: { roles: STAFF },
  params: byPeriod,
  reply: Type.Object({
    period: Type.String(),
    kind: OneOf(['MONTH', 'YEAR'] as const),
    first_date: IsoDate,
    last_date: IsoDate,
    status: OneOf(PERIOD_STATUSES),
    proposal_id: NullableId,
    proposed_by: NullableText(60),
    approved_by: NullableText(60),
    reason: NullableText(280),
    closed_at: NullableTimestamp,
    /** What the lines below know: everything booked up to this moment. Null while the period is not closed. */
    known_at: NullableTimestamp,
    currencies: Type.Array(
      Type.Object({
        currency: CurrencyCode,
        lines: Type.Array(
          Type.Object({
            gl_code: Type.String(),
            account_type: OneOf(LEDGER_ACCOUNT_TYPES),
            /** Since the bank began, on value dates up to the last day. */
            debits: Total,
            credits: Total,
            /** Of the period, closing entries left out. */
            period_debits: Total,
            period_credits: Total,
          }),
        ),
        /** Income less expense of the period. */
        result: Total,
        checks: Type.Array(Type.Object({ name: Type.String(), left: Total, right: Total, is_equal: Type.Boolean() })),
      }),
    ),
    /** What carried income and expense over, of a year. */
    closing_transaction_ids: Type.Array(Id),
    /** Adjustments that were booked into it after it was closed. */
    adjustments: Type.Integer(),
  }),
  problems: ['PERIOD_NOT_FOUND'],
})
