import { Type } from 'typebox'
import { operationsOf } from '#libs/contract/operation.ts'
import {
  Cents,
  CurrencyCode,
  Id,
  IsoDate,
  NullableCents,
  NullableId,
  NullableText,
  NullableTimestamp,
  OneOf,
  PageOf,
  PlainText,
  pageQuery,
  Timestamp,
} from '#libs/contract/schema.ts'
import { LEDGER_ACCOUNT_TYPES, NORMAL_SIDES } from '../enums.ts'
import { DailyBalance, Entry, GlCode, STAFF } from './ledger.ts'
import { Total } from './ledger-days.ts'

const operation = operationsOf('ledger-service')

const KNOWN_PROBLEMS = ['BEYOND_HORIZON', 'BEFORE_FIRST_SEAL'] as const

const NullableDate = Type.Unsafe<string | null>({ type: ['string', 'null'], format: 'date' })

/** A moment of the bank clock: what was not sealed by then does not count. Now, unless told. */
const knownQuery = { known_at: Type.Optional(Timestamp) }
/** The last seal that counts and when it was made; asked `known_at` that moment again, the answer is the same for ever. */
const knownReply = { known_at: NullableTimestamp, seal_no: Type.Integer() }
const NO_CHANGE =
  'The answer is that of the newest seal, a moment behind the last commit, or of the one that was newest at `known_at`; then it never changes, ' +
  'whatever is booked later. A moment past the horizon of the seals is refused.'

const NullableSeal = Type.Unsafe<number | null>({ type: ['integer', 'null'] })
/** What days are counted by: when something was booked, or when its value counts. */
const BASES = ['booking', 'value'] as const

const byLedgerAccount = Type.Object({ ledger_account_id: Id })

export const getLedgerBalance = operation({
  id: 'getLedgerBalance',
  method: 'GET',
  path: '/ledger/accounts/:ledger_account_id/balance',
  summary: 'The balance of a ledger account: now, or as of a value date, as known at a moment',
  description:
    'Without `as_of` and `known_at` it is the balance as committed now: booked, available (booked less holds, plus the overdraft) and pending ' +
    '(held). With `as_of` entries with a later value date do not count; with `known_at` only those that were sealed by then do. Holds belong ' +
    'to the present: for the past only the booked balance is told.',
  access: { roles: STAFF, owner: 'ledger_account_id', services: ['account-service', 'transaction-service'] },
  params: byLedgerAccount,
  query: Type.Object({ as_of: Type.Optional(IsoDate), ...knownQuery }),
  reply: Type.Object({
    ledger_account_id: Id,
    currency: CurrencyCode,
    ledger_balance_cents: Cents,
    /** Null for the past, and where there is no floor. */
    available_balance_cents: NullableCents,
    /** What is held; null for the past. */
    pending_cents: NullableCents,
    /** The account's last entry that was looked at. */
    last_sequence: Type.Integer(),
    as_of: NullableDate,
    known_at: NullableTimestamp,
    /** Null where all that is committed counts. */
    seal_no: NullableSeal,
  }),
  problems: ['LEDGER_ACCOUNT_NOT_FOUND', ...KNOWN_PROBLEMS],
})

export const getLedgerStatement = operation({
  id: 'getLedgerStatement',
  method: 'GET',
  path: '/ledger/accounts/:ledger_account_id/statement',
  summary: 'The statement of a ledger account over days: opening, entries by pages, sums, closing',
  description:
    'Days are business dates, or value dates with `basis=value`: then opening and closing are the balances as of value dates, and the entries stand ' +
    'in the order of theirs, with the balance in that order. With `known_at` it is the statement as it was known then, the same for ever; else all ' +
    'that is committed counts.',
  access: { roles: STAFF, owner: 'ledger_account_id', services: ['account-service'] },
  params: byLedgerAccount,
  query: Type.Object({ ...pageQuery, from: IsoDate, to: IsoDate, basis: Type.Optional(OneOf(BASES)), ...knownQuery }),
  reply: Type.Object({
    ...PageOf(Entry).properties,
    previous_cursor: NullableText(500),
    ledger_account_id: Id,
    currency: CurrencyCode,
    from: IsoDate,
    to: IsoDate,
    basis: OneOf(BASES),
    opening_balance_cents: Cents,
    closing_balance_cents: Cents,
    debits: Total,
    credits: Total,
    /** Of the whole statement. */
    entry_count: Type.Integer(),
    known_at: NullableTimestamp,
    seal_no: NullableSeal,
  }),
  problems: ['LEDGER_ACCOUNT_NOT_FOUND', 'CURSOR_WRONG', 'RANGE_WRONG', ...KNOWN_PROBLEMS],
})

export const getTrialBalance = operation({
  id: 'getTrialBalance',
  method: 'GET',
  path: '/ledger/reports/trial-balance',
  summary: 'The balance of every line of the chart of accounts on its side; per currency both sides are equal',
  description: `${NO_CHANGE} With \`as_of\` entries with a later value date do not count.`,
  access: { roles: STAFF },
  query: Type.Object({ currency: Type.Optional(CurrencyCode), as_of: Type.Optional(IsoDate), ...knownQuery }),
  reply: Type.Object({
    as_of: NullableDate,
    ...knownReply,
    currencies: Type.Array(
      Type.Object({
        currency: CurrencyCode,
        lines: Type.Array(
          Type.Object({
            gl_code: Type.String(),
            account_type: OneOf(LEDGER_ACCOUNT_TYPES),
            normal_side: OneOf(NORMAL_SIDES),
            /** All that was booked on the line. */
            debits: Total,
            credits: Total,
            entries: Type.Integer(),
            /** What is left of it, on the side where more was booked. */
            debit_total: Total,
            credit_total: Total,
          }),
        ),
        debit_total: Total,
        credit_total: Total,
        difference: Total,
        is_balanced: Type.Boolean(),
      }),
    ),
  }),
  problems: KNOWN_PROBLEMS,
})

const ReportLine = Type.Object({ gl_code: Type.String(), balance: Total })

export const getBalanceSheet = operation({
  id: 'getBalanceSheet',
  method: 'GET',
  path: '/ledger/reports/balance-sheet',
  summary:
    'What the bank has, owes and is worth: assets = liabilities + equity + the result not yet closed, per currency',
  description: `${NO_CHANGE} With \`as_of\` entries with a later value date do not count.`,
  access: { roles: STAFF },
  query: Type.Object({ currency: Type.Optional(CurrencyCode), as_of: Type.Optional(IsoDate), ...knownQuery }),
  reply: Type.Object({
    as_of: NullableDate,
    ...knownReply,
    currencies: Type.Array(
      Type.Object({
        currency: CurrencyCode,
        assets: Type.Array(ReportLine),
        liabilities: Type.Array(ReportLine),
        equity: Type.Array(ReportLine),
        total_assets: Total,
        total_liabilities: Total,
        total_equity: Total,
        /** Income less expense that no closing of a year has carried over to equity yet. */
        result: Total,
        difference: Total,
        is_balanced: Type.Boolean(),
      }),
    ),
  }),
  problems: KNOWN_PROBLEMS,
})

export const getIncomeStatement = operation({
  id: 'getIncomeStatement',
  method: 'GET',
  path: '/ledger/reports/income-statement',
  summary: 'Income, expense and result over value dates, both included, per currency',
  description: `${NO_CHANGE} The closing entries of a year, which carry its result over to equity, are left out.`,
  access: { roles: STAFF },
  query: Type.Object({ from: IsoDate, to: IsoDate, currency: Type.Optional(CurrencyCode), ...knownQuery }),
  reply: Type.Object({
    from: IsoDate,
    to: IsoDate,
    ...knownReply,
    currencies: Type.Array(
      Type.Object({
        currency: CurrencyCode,
        income: Type.Array(ReportLine),
        expense: Type.Array(ReportLine),
        total_income: Total,
        total_expense: Total,
        result: Total,
      }),
    ),
  }),
  problems: ['RANGE_WRONG', ...KNOWN_PROBLEMS],
})

export const getGeneralLedger = operation({
  id: 'getGeneralLedger',
  method: 'GET',
  path: '/ledger/reports/general-ledger',
  summary: 'One line of the chart in one currency, day by day: opening, what each day moved, closing',
  description:
    `${NO_CHANGE} Days are business dates, or value dates with \`basis=value\`. A line of the bank's own names its ledger account, whose entries ` +
    'are the detail (`GET /ledger/accounts/{id}/entries`); a line of many accounts is the sum of its sub-ledger (`sub-ledger`).',
  access: { roles: STAFF },
  query: Type.Object({
    gl_code: GlCode,
    currency: CurrencyCode,
    from: IsoDate,
    to: IsoDate,
    basis: Type.Optional(OneOf(BASES)),
    ...knownQuery,
  }),
  reply: Type.Object({
    gl_code: Type.String(),
    currency: CurrencyCode,
    account_type: OneOf(LEDGER_ACCOUNT_TYPES),
    normal_side: OneOf(NORMAL_SIDES),
    /** Its account, where it has but one. */
    ledger_account_id: NullableId,
    from: IsoDate,
    to: IsoDate,
    basis: OneOf(BASES),
    ...knownReply,
    /** In the sense of its normal side. */
    opening_balance: Total,
    closing_balance: Total,
    /** Days on which something moved. */
    days: Type.Array(
      Type.Object({ date: IsoDate, debits: Total, credits: Total, entries: Type.Integer(), balance: Total }),
    ),
  }),
  problems: ['GL_LINE_NOT_FOUND', 'RANGE_WRONG', ...KNOWN_PROBLEMS],
})

export const getSubLedger = operation({
  id: 'getSubLedger',
  method: 'GET',
  path: '/ledger/reports/sub-ledger',
  summary: 'The accounts of a line of the chart: what each had before a day, what it did on it, and what it had then',
  description:
    'With `business_date`, a day that is over: the accounts that moved on it, as far as their entries have values up to `as_of`. Without it every ' +
    'account that something was booked on, and the day is the value date `as_of`. The closings as of a date sum up to the line in the trial balance ' +
    `as of it, as known then. ${NO_CHANGE}`,
  access: { roles: STAFF },
  query: Type.Object({
    ...pageQuery,
    gl_code: GlCode,
    currency: CurrencyCode,
    business_date: Type.Optional(IsoDate),
    as_of: Type.Optional(IsoDate),
    ...knownQuery,
  }),
  reply: Type.Object({
    ...PageOf(DailyBalance).properties,
    as_of: NullableDate,
    ...knownReply,
  }),
  problems: ['DAY_NOT_OVER', 'CURSOR_WRONG', ...KNOWN_PROBLEMS],
})

export const getAggregates = operation({
  id: 'getAggregates',
  method: 'GET',
  path: '/ledger/reports/aggregates',
  summary: 'What was booked over business days, both included, summed by the values of a metadata key',
  description: `${NO_CHANGE} At most 1,000 values, the largest sums first; \`value\` asks for one of them.`,
  access: { roles: STAFF },
  query: Type.Object({
    key: PlainText(40),
    value: Type.Optional(PlainText(200)),
    from: IsoDate,
    to: IsoDate,
    ...knownQuery,
  }),
  reply: Type.Object({
    key: Type.String(),
    from: IsoDate,
    to: IsoDate,
    ...knownReply,
    items: Type.Array(
      Type.Object({
        value: Type.String(),
        currency: CurrencyCode,
        transactions: Type.Integer(),
        postings: Type.Integer(),
        /** The sum of the postings' amounts. */
        amount: Total,
      }),
    ),
  }),
  problems: ['RANGE_WRONG', ...KNOWN_PROBLEMS],
})

export const exportJournal = operation({
  id: 'exportJournal',
  method: 'GET',
  path: '/ledger/export',
  summary: 'The journal of business days, both included, as a file: CSV, or double-entry text for Beancount or hledger',
  description:
    `${NO_CHANGE} The double-entry texts open every account with its balance before the period, and end with assertions of the balance of every ` +
    'line of the chart, so that those programs check the whole.',
  access: { roles: STAFF },
  query: Type.Object({
    from: IsoDate,
    to: IsoDate,
    format: Type.Optional(OneOf(['csv', 'beancount', 'hledger'] as const)),
    ...knownQuery,
  }),
  reply: Type.Object({}),
  files: ['text/csv', 'text/plain'],
  audit: true,
  problems: ['RANGE_WRONG', ...KNOWN_PROBLEMS],
})
