import { type TUnsafe, Type } from 'typebox'
import { operationsOf } from '#libs/contract/operation.ts'
import {
  Cents,
  CurrencyCode,
  Id,
  IsoDate,
  NullableText,
  NullableTimestamp,
  OneOf,
  PageOf,
  pageQuery,
  Timestamp,
} from '#libs/contract/schema.ts'
import { ALL_SERVICES, PERIOD_STATUSES } from '../enums.ts'
import { STAFF } from './ledger.ts'

const operation = operationsOf('ledger-service')

/** Totals over the whole bank may exceed what a JSON reader holds exactly, so they are decimal texts of minor units. */
export const Total: TUnsafe<string> = Type.Unsafe<string>({ type: 'string', pattern: '^-?[0-9]+$' })

export const getBusinessDate = operation({
  id: 'getBusinessDate',
  method: 'GET',
  path: '/ledger/business-date',
  summary: 'The bank clock: the business date and the time that books are kept in',
  access: { signedIn: true, services: ALL_SERVICES },
  /** `offset_ms` is below zero while the sandbox's history is being made: the bank's clock is behind the wall's. */
  reply: Type.Object({
    business_date: IsoDate,
    bank_time: Timestamp,
    offset_ms: Type.Integer(),
    /** Where the clock is being moved to, day by day with the end of each; null when it stands where it should. */
    moving_to: NullableTimestamp,
  }),
})

const EndOfDayStep = Type.Object({
  step: OneOf(['CUT_OFF', 'EXPIRE_HOLDS', 'ACCRUE', 'SNAPSHOT', 'RECONCILE', 'CLOSE'] as const),
  status: OneOf(['PENDING', 'RUNNING', 'DONE'] as const),
  started_at: NullableTimestamp,
  completed_at: NullableTimestamp,
  /** How much it did: holds, accounts, entries. */
  items: Type.Integer(),
})

const EndOfDayRun = Type.Object({
  run_id: Id,
  business_date: IsoDate,
  status: OneOf(['RUNNING', 'STUCK', 'COMPLETED'] as const),
  steps: Type.Array(EndOfDayStep),
  /** Why it does not go on, while it does not; it is tried again by itself. */
  error: NullableText(500),
  started_at: Timestamp,
  completed_at: NullableTimestamp,
})

export const runEndOfDay = operation({
  id: 'runEndOfDay',
  method: 'POST',
  path: '/ledger/end-of-day',
  summary: 'Looks now whether a business day is over and closes it, instead of within a second',
  description:
    'Answers the run under way or the last one. A run that was interrupted goes on at the step where it stood.',
  access: { roles: ['operator'] },
  reply: EndOfDayRun,
  status: 202,
  problems: ['NO_DAY_OVER'],
})

export const listEndOfDayRuns = operation({
  id: 'listEndOfDayRuns',
  method: 'GET',
  path: '/ledger/end-of-day',
  summary: 'Ends of day, newest first',
  access: { roles: STAFF, services: ['admin-service'] },
  query: Type.Object({ ...pageQuery }),
  reply: PageOf(EndOfDayRun),
  problems: ['CURSOR_WRONG'],
})

export const getEndOfDayRun = operation({
  id: 'getEndOfDayRun',
  method: 'GET',
  path: '/ledger/end-of-day/:run_id',
  summary: 'One end of day, step by step',
  access: { roles: STAFF },
  params: Type.Object({ run_id: Id }),
  reply: EndOfDayRun,
  problems: ['RUN_NOT_FOUND'],
})

export const listPeriods = operation({
  id: 'listPeriods',
  method: 'GET',
  path: '/ledger/periods',
  summary: 'Business days, months or years, newest first: open or closed, and the trial balance they closed with',
  description:
    'Of a month or a year the totals are those by value date, as known when it was closed; `getPeriod` shows its lines.',
  access: { roles: STAFF, services: ['admin-service', 'account-service'] },
  query: Type.Object({
    ...pageQuery,
    /** DAY unless said. */
    kind: Type.Optional(OneOf(['DAY', 'MONTH', 'YEAR'] as const)),
    from: Type.Optional(IsoDate),
    to: Type.Optional(IsoDate),
  }),
  reply: PageOf(
    Type.Object({
      /** `2026-11-20`, `2026-11` or `2026`. */
      period: Type.String(),
      status: OneOf(PERIOD_STATUSES),
      closed_at: NullableTimestamp,
      currencies: Type.Array(
        Type.Object({
          currency: CurrencyCode,
          entries: Type.Integer(),
          debit_total: Total,
          credit_total: Total,
          difference: Total,
        }),
      ),
    }),
  ),
  problems: ['CURSOR_WRONG'],
})

const Reconciliation = Type.Object({
  run_id: Id,
  scope: OneOf(['DAY', 'FULL', 'CONTINUOUS'] as const),
  business_date: IsoDate,
  status: OneOf(['RUNNING', 'PASSED', 'FAILED'] as const),
  accounts: Type.Integer(),
  differences: Type.Array(Type.Object({ ledger_account_id: Id, cached_cents: Cents, computed_cents: Cents })),
  /** Currencies whose debits are not their credits: by how much they are more. */
  unbalanced: Type.Array(Type.Object({ currency: CurrencyCode, difference: Total })),
  started_at: Timestamp,
  completed_at: NullableTimestamp,
})

export const listReconciliations = operation({
  id: 'listReconciliations',
  method: 'GET',
  path: '/ledger/reconciliations',
  summary: 'Comparisons of cached balances with those computed from the entries, newest first',
  access: { roles: STAFF, services: ['admin-service'] },
  query: Type.Object({ ...pageQuery }),
  reply: PageOf(Reconciliation),
  problems: ['CURSOR_WRONG'],
})

export const runReconciliation = operation({
  id: 'runReconciliation',
  method: 'POST',
  path: '/ledger/reconciliations',
  summary: 'Compares every balance, hold and total with what the entries say, now',
  access: { roles: ['operator', 'compliance', 'auditor'] },
  reply: Reconciliation,
  status: 202,
  problems: ['RECONCILIATION_RUNNING'],
})

const BankClock = Type.Object({
  business_date: IsoDate,
  bank_time: Timestamp,
  wall_time: Timestamp,
  offset_ms: Type.Integer(),
  moving_to: NullableTimestamp,
})

export const readSandboxClock = operation({
  id: 'readSandboxClock',
  method: 'GET',
  path: '/sandbox/clock',
  summary: 'The bank clock of the sandbox',
  access: { anyone: true },
  sandbox: true,
  reply: BankClock,
})

export const moveSandboxClock = operation({
  id: 'moveSandboxClock',
  method: 'POST',
  path: '/sandbox/clock',
  summary: 'Moves the bank clock forward, never back: to a moment, or by seconds',
  description:
    'Within the business day it moves at once. Over a midnight it is moved day by day, the end of each day run on its date; the answer says where it is going, and `GET` how far it is.',
  access: { anyone: true },
  sandbox: true,
  body: Type.Object({
    to: Type.Optional(Timestamp),
    advance_s: Type.Optional(Type.Integer({ minimum: 1, maximum: 31_622_400 })),
  }),
  reply: BankClock,
  problems: ['CLOCK_BACKWARDS', 'CLOCK_TOO_FAR', 'CLOCK_INPUT'],
})
