import { type TUnsafe, Type } from 'typebox'
import { operationsOf } from '#libs/contract/operation.ts'
import {
  Cents,
  CurrencyCode,
  Id,
  IsoDate,
  NonNegativeCents,
  NullableCents,
  NullableId,
  NullableText,
  NullableTimestamp,
  OneOf,
  PageOf,
  PlainText,
  PositiveCents,
  pageQuery,
  Timestamp,
} from '#libs/contract/schema.ts'
import { HOLD_STATUSES, LEDGER_ACCOUNT_STATES, LEDGER_ACCOUNT_TYPES, NORMAL_SIDES } from '../enums.ts'

const operation = operationsOf('ledger-service')

export const STAFF = ['operator', 'compliance', 'auditor', 'admin'] as const
export const MONEY_SERVICES = ['transaction-service', 'account-service'] as const
/** The ledger books by itself what people proposed and a second person approved: see ledger-proposals.ts. */
export const BOOKING_SERVICES = [...MONEY_SERVICES, 'ledger-service'] as const

/** A line of the chart of accounts: see ledger-chart.ts. */
export const GlCode: TUnsafe<string> = Type.Unsafe<string>({ type: 'string', pattern: '^[A-Z][A-Z0-9_]{1,39}$' })

/** What happened in the business (`FEE`), or why: a name in capitals. */
export const EventName: TUnsafe<string> = Type.Unsafe<string>({ type: 'string', pattern: '^[A-Z_]{2,40}$' })

export const LedgerAccount = Type.Object({
  ledger_account_id: Id,
  /** The line of the chart of accounts it belongs to. */
  gl_code: Type.String(),
  name: Type.String(),
  account_type: OneOf(LEDGER_ACCOUNT_TYPES),
  normal_side: OneOf(NORMAL_SIDES),
  currency: CurrencyCode,
  state: OneOf(LEDGER_ACCOUNT_STATES),
  /** How far below zero it may go, in minor units; null where there is no floor. */
  overdraft_limit_cents: NullableCents,
  ledger_balance_cents: Cents,
  held_cents: Cents,
  available_balance_cents: NullableCents,
  entry_count: Type.Integer(),
  /** What its customer may move out of it in a day and in a month, and has so far; null: no limit. */
  daily_limit_cents: NullableCents,
  monthly_limit_cents: NullableCents,
  debited_today_cents: Cents,
  debited_month_cents: Cents,
  created_at: Timestamp,
  as_of: Timestamp,
})

const byLedgerAccount = Type.Object({ ledger_account_id: Id })

export const openLedgerAccount = operation({
  id: 'openLedgerAccount',
  method: 'POST',
  path: '/ledger/accounts',
  summary: 'Opens the ledger account of a customer account, under the same id; opening it again answers the same',
  access: { services: ['account-service'] },
  body: Type.Object({
    ledger_account_id: Id,
    /** A sub-ledger: `CUSTOMER_DEPOSITS`, `LOANS` … */
    gl_code: GlCode,
    currency: CurrencyCode,
    overdraft_limit_cents: Cents,
    /** FROZEN: nothing moves until its state is set to OPEN. */
    state: Type.Optional(OneOf(['OPEN', 'FROZEN'] as const)),
    daily_limit_cents: Type.Optional(NullableCents),
    monthly_limit_cents: Type.Optional(NullableCents),
  }),
  reply: LedgerAccount,
  problems: ['LEDGER_ACCOUNT_DIFFERS', 'GL_ACCOUNT_NOT_FOUND'],
})

export const setLedgerAccountLimits = operation({
  id: 'setLedgerAccountLimits',
  method: 'POST',
  path: '/internal/ledger/accounts/:ledger_account_id/limits',
  summary: 'Sets what may leave an account in a day and a month; an older version than the one known changes nothing',
  access: { services: ['account-service'] },
  params: byLedgerAccount,
  body: Type.Object({
    daily_limit_cents: NullableCents,
    monthly_limit_cents: NullableCents,
    version: Type.Integer({ minimum: 1 }),
  }),
  reply: LedgerAccount,
  problems: ['LEDGER_ACCOUNT_NOT_FOUND', 'LEDGER_ACCOUNT_CLOSED'],
})

export const setLedgerAccountOverdraft = operation({
  id: 'setLedgerAccountOverdraft',
  method: 'POST',
  path: '/internal/ledger/accounts/:ledger_account_id/overdraft',
  summary: 'Sets how far below zero an account may go; an older version than the one known changes nothing',
  description: 'Refused while the account, its holds counted, is lower than that.',
  access: { services: ['account-service'] },
  params: byLedgerAccount,
  body: Type.Object({ overdraft_limit_cents: NonNegativeCents, version: Type.Integer({ minimum: 1 }) }),
  reply: LedgerAccount,
  problems: ['LEDGER_ACCOUNT_NOT_FOUND', 'LEDGER_ACCOUNT_CLOSED', 'OVERDRAFT_IN_USE'],
})

export const setLedgerAccountState = operation({
  id: 'setLedgerAccountState',
  method: 'POST',
  path: '/internal/ledger/accounts/:ledger_account_id/state',
  summary: 'Blocks, opens or closes a ledger account; an older version than the one known changes nothing',
  description: 'CLOSED is refused unless balance and holds are zero, and is final.',
  access: { services: ['account-service'] },
  params: byLedgerAccount,
  body: Type.Object({ state: OneOf(LEDGER_ACCOUNT_STATES), version: Type.Integer({ minimum: 1 }) }),
  reply: LedgerAccount,
  problems: ['LEDGER_ACCOUNT_NOT_FOUND', 'BALANCE_NOT_ZERO', 'LEDGER_ACCOUNT_CLOSED'],
})

export const getLedgerAccount = operation({
  id: 'getLedgerAccount',
  method: 'GET',
  path: '/ledger/accounts/:ledger_account_id',
  summary: 'One ledger account with its balance',
  access: { roles: STAFF, owner: 'ledger_account_id', services: ['account-service', 'transaction-service'] },
  params: byLedgerAccount,
  reply: LedgerAccount,
  problems: ['LEDGER_ACCOUNT_NOT_FOUND'],
})

export const listLedgerAccounts = operation({
  id: 'listLedgerAccounts',
  method: 'GET',
  path: '/ledger/accounts',
  summary: 'Ledger accounts by code and currency',
  access: { roles: STAFF, services: ['transaction-service'] },
  query: Type.Object({
    ...pageQuery,
    gl_code: Type.Optional(Type.String({ maxLength: 40 })),
    currency: Type.Optional(CurrencyCode),
  }),
  reply: PageOf(LedgerAccount),
  problems: ['CURSOR_WRONG'],
})

export const Entry = Type.Object({
  entry_id: Id,
  ledger_account_id: Id,
  sequence: Type.Integer(),
  ledger_transaction_id: Id,
  side: OneOf(NORMAL_SIDES),
  amount_cents: PositiveCents,
  /** Plus where the entry raises the account's balance, minus where it lowers it. */
  signed_cents: Cents,
  balance_cents: Cents,
  currency: CurrencyCode,
  business_event: Type.String(),
  reference: Type.String(),
  description: Type.String(),
  value_date: IsoDate,
  business_date: IsoDate,
  booked_at: Timestamp,
})

export const listEntries = operation({
  id: 'listEntries',
  method: 'GET',
  path: '/ledger/accounts/:ledger_account_id/entries',
  summary: 'The history of a ledger account with its running balance, newest first; pages go both ways',
  description:
    'With `known_at` (a moment of the bank clock) it is the history as it was known then, the same for ever.',
  access: { roles: STAFF, owner: 'ledger_account_id', services: ['account-service', 'transaction-service'] },
  params: byLedgerAccount,
  query: Type.Object({
    ...pageQuery,
    /** Business dates, both included; value dates with `basis=value`. */
    from: Type.Optional(IsoDate),
    to: Type.Optional(IsoDate),
    order: Type.Optional(OneOf(['newest', 'oldest'] as const)),
    basis: Type.Optional(OneOf(['booking', 'value'] as const)),
    known_at: Type.Optional(Timestamp),
  }),
  reply: Type.Object({
    ...PageOf(Entry).properties,
    /** The page before this one; null on the first. */
    previous_cursor: Type.Optional(NullableText(500)),
    /** When the last seal that counts was made, and its number; absent where all that is committed counts. */
    known_at: Type.Optional(NullableTimestamp),
    seal_no: Type.Optional(Type.Integer()),
  }),
  problems: ['LEDGER_ACCOUNT_NOT_FOUND', 'CURSOR_WRONG', 'BEYOND_HORIZON', 'BEFORE_FIRST_SEAL'],
})

/** What an account did on a day. */
export const DailyBalance = Type.Object({
  ledger_account_id: Id,
  opening_cents: Cents,
  debits_cents: Cents,
  credits_cents: Cents,
  closing_cents: Cents,
  entry_count: Type.Integer(),
})

/** Balances at the end of a business day, asked for many accounts at once; accounts that are not known are left out. */
export const getClosingBalances = operation({
  id: 'getClosingBalances',
  method: 'POST',
  path: '/internal/ledger/closing-balances',
  summary: 'Balances at the end of a business day that is over, holds not counted',
  description: 'A day that is still open is refused: its balance would change.',
  access: { services: MONEY_SERVICES },
  body: Type.Object({ business_date: IsoDate, ledger_account_ids: Type.Array(Id, { maxItems: 2000 }) }),
  reply: Type.Object({
    items: Type.Array(Type.Object({ ledger_account_id: Id, balance_cents: Cents, entry_count: Type.Integer() })),
  }),
  audit: false,
  problems: ['DAY_NOT_OVER'],
})

export const listDailyBalances = operation({
  id: 'listDailyBalances',
  method: 'GET',
  path: '/internal/ledger/daily-balances',
  summary: 'Opening, movement and closing of every customer account that moved on a business day that is over',
  access: { services: MONEY_SERVICES },
  query: Type.Object({ ...pageQuery, business_date: IsoDate }),
  reply: PageOf(Type.Object({ ...DailyBalance.properties, currency: CurrencyCode })),
  problems: ['DAY_NOT_OVER', 'CURSOR_WRONG'],
})

/** One movement: the same amount out of one account and into the other. */
const Posting = Type.Object({
  debit_account_id: Id,
  credit_account_id: Id,
  amount_cents: PositiveCents,
  /** The transaction's unless said. */
  currency: Type.Optional(CurrencyCode),
})

/** The step of a saga that a command carries out: with the calling service it is the command's key, for ever. */
export const stepFields = {
  transaction_id: Id,
  step: Type.String({ pattern: '^[a-z_]{2,30}$' }),
}

/** What one currency is sold for another at. */
const Exchange = Type.Object({
  sell_currency: CurrencyCode,
  buy_currency: CurrencyCode,
  /** Units of the bought currency for one of the sold, as a decimal text. */
  rate: Type.String({ pattern: '^[0-9]{1,12}([.][0-9]{1,12})?$' }),
})

/** What a transaction can be found by: names and words, flat. */
export const Metadata: TUnsafe<Record<string, string>> = Type.Unsafe<Record<string, string>>({
  type: 'object',
  maxProperties: 20,
  additionalProperties: false,
  patternProperties: { '^[A-Za-z][A-Za-z0-9_.-]{0,39}$': { type: 'string', maxLength: 200 } },
})

export const LedgerTransaction = Type.Object({
  ledger_transaction_id: Id,
  transaction_id: Id,
  business_event: Type.String(),
  reference: Type.String(),
  description: Type.String(),
  currency: CurrencyCode,
  postings: Type.Array(Posting),
  value_date: IsoDate,
  business_date: IsoDate,
  booked_at: Timestamp,
  hold_id: NullableId,
  exchange: Type.Optional(Type.Union([Exchange, Type.Null()])),
  metadata: Type.Optional(Type.Union([Metadata, Type.Null()])),
  reversal_of: NullableId,
  reversed_by: NullableId,
})

/** A side of a posting: an account, a line of the chart, or what a line does in the event (`@fee_income`), see ledger-chart.ts. */
const Side = Type.Union([
  Id,
  Type.Unsafe<string>({ type: 'string', pattern: '^([A-Z][A-Z0-9_]{1,39}|@[a-z][a-z0-9_]{0,39})$' }),
])

/** What a transaction is made of, out of a hold or not. */
export const bookingFields = {
  ...stepFields,
  business_event: EventName,
  reference: Type.String({ maxLength: 80 }),
  description: Type.String({ maxLength: 280 }),
  currency: CurrencyCode,
  postings: Type.Array(
    Type.Object({
      debit: Side,
      credit: Side,
      amount_cents: PositiveCents,
      /** The transaction's unless said; each currency balances by itself. */
      currency: Type.Optional(CurrencyCode),
    }),
    { minItems: 1, maxItems: 100 },
  ),
  value_date: Type.Optional(IsoDate),
  /** What the roles of its postings are mapped by; any product unless said. */
  product: Type.Optional(Type.Unsafe<string>({ type: 'string', pattern: '^[A-Z][A-Z0-9_]{0,39}$' })),
  exchange: Type.Optional(Exchange),
  metadata: Type.Optional(Metadata),
} as const

/** Why a member of a bulk, or what was only looked at, is refused: a problem (RFC 9457) with what helps the caller. */
export const MemberProblem = Type.Unsafe<{ code: string; status: number; title: string; detail: string }>({
  type: 'object',
  required: ['code', 'status', 'title', 'detail'],
})

/** Why a transaction is refused. */
export const BOOKING_PROBLEMS = [
  'LEDGER_ACCOUNT_NOT_FOUND',
  'INSUFFICIENT_FUNDS',
  'ACCOUNT_BLOCKED',
  'LEDGER_ACCOUNT_CLOSED',
  'CURRENCY_MISMATCH',
  'SAME_ACCOUNT',
  'HOLD_NOT_ACTIVE',
  'HOLD_TOO_SMALL',
  'BALANCE_OUT_OF_RANGE',
  'LIMIT_EXCEEDED',
  'PERIOD_CLOSED',
  'EXCHANGE_WRONG',
  'MAPPING_NOT_FOUND',
] as const

export const postTransaction = operation({
  id: 'postTransaction',
  method: 'POST',
  path: '/ledger/transactions',
  summary: 'Books a balanced transaction, all postings or none',
  description:
    'With `hold_id` the amount is taken out of that hold (capture), whose rest is released unless `releases_rest` is false. A side named by a ' +
    "line of the chart (`CASH`, `FEE_INCOME` …) is the bank's own account in the currency; one named by a role (`@fee_income`) is that of the " +
    'line that is mapped to it. An exchange goes through `FX_POSITION` in both currencies, to the last minor unit of its rate.',
  access: { services: BOOKING_SERVICES },
  body: Type.Object({
    ...bookingFields,
    hold_id: Type.Optional(Id),
    /** False: what is left of the hold stays held. */
    releases_rest: Type.Optional(Type.Boolean()),
    /** True for what a customer takes out without a hold before it (cash): counts against the limits of the debited accounts. */
    is_limited: Type.Optional(Type.Boolean()),
  }),
  reply: LedgerTransaction,
  status: 201,
  money: true,
  batched: true,
  idempotency: 'accepted',
  audit: false,
  problems: [...BOOKING_PROBLEMS],
})

export const reverseTransaction = operation({
  id: 'reverseTransaction',
  method: 'POST',
  path: '/ledger/transactions/:ledger_transaction_id/reverse',
  summary: 'Books the opposite of a transaction, once and for good; the two are linked both ways',
  access: { services: MONEY_SERVICES },
  params: Type.Object({ ledger_transaction_id: Id }),
  body: Type.Object({ ...stepFields, reason: PlainText(280) }),
  reply: LedgerTransaction,
  status: 201,
  money: true,
  batched: true,
  idempotency: 'accepted',
  audit: false,
  problems: [
    'LEDGER_TRANSACTION_NOT_FOUND',
    'ALREADY_REVERSED',
    'REVERSAL_STANDS',
    'INSUFFICIENT_FUNDS',
    'LEDGER_ACCOUNT_CLOSED',
    'BALANCE_OUT_OF_RANGE',
  ],
})

/** A transaction as whoever asks may see it: to a customer the account on the other side of a posting is null. */
const SeenTransaction = Type.Object({
  ...LedgerTransaction.properties,
  postings: Type.Array(
    Type.Object({ ...Posting.properties, debit_account_id: NullableId, credit_account_id: NullableId }),
  ),
})

/** A place in each of a user's accounts: 1,000 at most. */
const PLACES_LENGTH = 8_000

/** The documents' one path for two questions. */
export const getLedgerTransaction = operation({
  id: 'getLedgerTransaction',
  method: 'GET',
  path: '/ledger/transactions/:ledger_transaction_id',
  summary: 'One booked transaction with its postings; by the id of a user, what touched his accounts, newest first',
  description:
    'Staff and services see all of it. A customer, who paid or was paid, sees what his statement says: the postings that touch accounts of his, ' +
    'with his own side of each and null for the other, in their currency; the hold where all that was debited is his, the exchange where he has ' +
    'both sides of it; no metadata. By the id of a user each of his transactions is shown by the same rule.',
  access: { roles: STAFF, owner: 'ledger_transaction_id', services: MONEY_SERVICES },
  params: Type.Object({ ledger_transaction_id: Id }),
  /** Of a user's transactions. */
  query: Type.Object({
    ...pageQuery,
    cursor: Type.Optional(Type.String({ minLength: 1, maxLength: PLACES_LENGTH })),
  }),
  reply: Type.Union([
    SeenTransaction,
    Type.Object({ items: Type.Array(SeenTransaction), next_cursor: NullableText(PLACES_LENGTH) }),
  ]),
  problems: ['LEDGER_TRANSACTION_NOT_FOUND', 'CURSOR_WRONG', 'TOO_MANY_ACCOUNTS'],
})

export const Hold = Type.Object({
  hold_id: Id,
  ledger_account_id: Id,
  transaction_id: Id,
  amount_cents: PositiveCents,
  captured_cents: Cents,
  currency: CurrencyCode,
  status: OneOf(HOLD_STATUSES),
  expires_at: Timestamp,
  placed_at: Timestamp,
})

export const placeHold = operation({
  id: 'placeHold',
  method: 'POST',
  path: '/ledger/holds',
  summary: 'Reserves an amount of an account until it is captured, released or expires',
  description:
    'The amount counts against the daily and monthly limits of the account at once; what is released is given back to them.',
  access: { services: BOOKING_SERVICES },
  body: Type.Object({
    ...stepFields,
    ledger_account_id: Id,
    amount_cents: PositiveCents,
    currency: CurrencyCode,
    /** Seconds of the bank clock until it expires. */
    expires_in_s: Type.Integer({ minimum: 1, maximum: 31_536_000 }),
  }),
  reply: Hold,
  status: 201,
  money: true,
  batched: true,
  idempotency: 'accepted',
  audit: false,
  problems: [
    'LEDGER_ACCOUNT_NOT_FOUND',
    'INSUFFICIENT_FUNDS',
    'ACCOUNT_BLOCKED',
    'LEDGER_ACCOUNT_CLOSED',
    'CURRENCY_MISMATCH',
    'LIMIT_EXCEEDED',
  ],
})

export const releaseHold = operation({
  id: 'releaseHold',
  method: 'POST',
  path: '/ledger/holds/:hold_id/release',
  summary: 'Gives a hold back; releasing one that ended already changes nothing',
  access: { services: MONEY_SERVICES },
  params: Type.Object({ hold_id: Id }),
  body: Type.Object({ ...stepFields, reason_code: EventName }),
  reply: Hold,
  money: true,
  batched: true,
  idempotency: 'accepted',
  audit: false,
  problems: ['HOLD_NOT_FOUND'],
})

export const getHold = operation({
  id: 'getHold',
  method: 'GET',
  path: '/ledger/holds/:hold_id',
  summary: 'One hold',
  access: { roles: STAFF, services: MONEY_SERVICES },
  params: Type.Object({ hold_id: Id }),
  reply: Hold,
  problems: ['HOLD_NOT_FOUND'],
})
