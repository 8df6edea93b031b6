import { Type } from 'typebox'
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
  pageQuery,
  Timestamp,
} from '#libs/contract/schema.ts'
import { ACCOUNT_STATUSES, ACCOUNT_TYPES, CAPABILITIES } from '../enums.ts'

const operation = operationsOf('account-service')

export const Account = Type.Object({
  account_id: Id,
  account_number: Type.String({ examples: ['FB-00012345-7'] }),
  customer_id: Id,
  product_id: Type.String(),
  account_type: OneOf(ACCOUNT_TYPES),
  currency: CurrencyCode,
  status: OneOf(ACCOUNT_STATUSES),
  branch_id: Type.String(),
  overdraft_limit_cents: NonNegativeCents,
  /** What its owner calls it. */
  nickname: NullableText(60),
  opened_date: IsoDate,
  closed_at: NullableTimestamp,
  created_at: Timestamp,
})

const byAccount = Type.Object({ account_id: Id })
const STAFF = ['teller', 'support', 'operator', 'compliance', 'auditor', 'admin'] as const

export const openAccount = operation({
  id: 'openAccount',
  method: 'POST',
  path: '/accounts',
  summary: 'Opens an account for the signed-in customer; staff name the customer',
  description:
    'PENDING, with neither credits nor debits, until the KYC of its customer is approved; ACTIVE at once for a verified one.',
  access: { roles: ['customer', 'teller', 'operator'] },
  body: Type.Object({
    product_id: Type.Optional(Type.String({ pattern: '^[a-z0-9-]{3,40}$' })),
    account_type: Type.Optional(OneOf(ACCOUNT_TYPES)),
    currency: CurrencyCode,
    customer_id: Type.Optional(Id),
    branch_id: Type.Optional(Type.String({ pattern: '^[a-z0-9-]{2,40}$' })),
    overdraft_limit_cents: Type.Optional(NonNegativeCents),
  }),
  reply: Account,
  status: 201,
  idempotency: 'accepted',
  problems: [
    'PRODUCT_NOT_FOUND',
    'CURRENCY_NOT_OFFERED',
    'CUSTOMER_REQUIRED',
    'CUSTOMER_NOT_YOURS',
    'BRANCH_NOT_FOUND',
    'OVERDRAFT_NOT_ALLOWED',
    'OWN_ACCOUNT',
    'PROFILE_REQUIRED',
    'KYC_REJECTED',
  ],
})

export const updateAccount = operation({
  id: 'updateAccount',
  method: 'PUT',
  path: '/accounts/:account_id',
  summary: 'Names an account; staff may move it to another branch',
  access: { roles: ['teller', 'operator'], owner: { id: 'account_id', in: 'params', capability: 'manage' } },
  params: byAccount,
  body: Type.Object({
    nickname: Type.Optional(Type.Union([PlainText(60), Type.Null()])),
    branch_id: Type.Optional(Type.String({ pattern: '^[a-z0-9-]{2,40}$' })),
  }),
  reply: Account,
  problems: [
    'ACCOUNT_NOT_FOUND',
    'OWN_ACCOUNT',
    'ACCOUNT_CLOSED',
    'BRANCH_NOT_FOUND',
    'STAFF_ONLY',
    'NOTHING_TO_CHANGE',
  ],
})

export const listAccountsOfUser = operation({
  id: 'listAccountsOfUser',
  method: 'GET',
  path: '/accounts/user/:user_id',
  summary: "The accounts of a user: his own, or for staff anybody's",
  access: { roles: ['customer', ...STAFF], services: ['ledger-service', 'identity-service'] },
  params: Type.Object({ user_id: Id }),
  query: Type.Object({ ...pageQuery, status: Type.Optional(OneOf(ACCOUNT_STATUSES)) }),
  reply: PageOf(Account),
  auditStaff: true,
  problems: ['USER_NOT_FOUND', 'CURSOR_WRONG'],
})

const Settings = Type.Object({
  account_id: Id,
  /** What may leave the account in a day and in a month of the bank's calendar; null: as much as there is. */
  daily_limit_cents: NullableCents,
  monthly_limit_cents: NullableCents,
  /** What has left it so far. */
  debited_today_cents: Cents,
  debited_month_cents: Cents,
  low_balance_alert_cents: NullableCents,
  statement_delivery: OneOf(['NONE', 'EMAIL'] as const),
  version: Type.Integer(),
})

export const getAccountSettings = operation({
  id: 'getAccountSettings',
  method: 'GET',
  path: '/accounts/:account_id/settings',
  summary: 'Limits, alerts and delivery of statements',
  access: { roles: STAFF, owner: 'account_id' },
  params: byAccount,
  reply: Settings,
  problems: ['ACCOUNT_NOT_FOUND'],
})

export const changeAccountSettings = operation({
  id: 'changeAccountSettings',
  method: 'PUT',
  path: '/accounts/:account_id/settings',
  summary: 'Changes what is sent of the settings; the ledger enforces the limits from the answer on',
  description:
    'An owner sets limits up to what the product allows, or to where staff lowered them. Compliance does as well, and lowers them for good; beyond that two officers decide (`proposeAccountLimits`). null removes a limit, as far as the product allows.',
  access: { roles: ['compliance'], owner: { id: 'account_id', in: 'params', capability: 'manage' } },
  params: byAccount,
  body: Type.Object({
    daily_limit_cents: Type.Optional(NullableCents),
    monthly_limit_cents: Type.Optional(NullableCents),
    low_balance_alert_cents: Type.Optional(NullableCents),
    statement_delivery: Type.Optional(OneOf(['NONE', 'EMAIL'] as const)),
    version: Type.Optional(Type.Integer({ minimum: 1 })),
  }),
  reply: Settings,
  problems: [
    'ACCOUNT_NOT_FOUND',
    'OWN_ACCOUNT',
    'ACCOUNT_CLOSED',
    'ACCOUNT_CHANGED',
    'LIMIT_TOO_HIGH',
    'LIMIT_WRONG',
    'SECOND_PERSON_NEEDED',
    'NOTHING_TO_CHANGE',
  ],
  stepUp: true,
})

export const lookupPayee = operation({
  id: 'lookupPayee',
  method: 'GET',
  path: '/accounts/lookup',
  summary: 'Whose account a number is, masked: enough to see a typing error, too little to collect names',
  access: { roles: ['customer', 'teller', 'support', 'operator'], services: ['identity-service'] },
  query: Type.Object({ account_number: Type.String({ minLength: 5, maxLength: 40, pattern: '^[A-Za-z0-9 -]+$' }) }),
  reply: Type.Object({
    account_number: Type.String(),
    /** `A•• S••••`: initials, and as many dots as letters up to four. */
    masked_name: Type.String(),
    currency: CurrencyCode,
    can_receive: Type.Boolean(),
  }),
  lookup: true,
  audit: true,
  problems: ['PAYEE_NOT_FOUND', 'ACCOUNT_NUMBER_WRONG'],
})

const LogLine = Type.Object({
  sequence: Type.Integer(),
  change_type: Type.String(),
  changed_by: Type.String(),
  changed_at: Timestamp,
  /** Names and new values of what changed; limits and states, nothing personal. */
  details: Type.Record(Type.String(), Type.Union([Type.String(), Type.Null()])),
})

export const listAccountLog = operation({
  id: 'listAccountLog',
  method: 'GET',
  path: '/accounts/:account_id/log',
  summary: 'What was done to an account, newest first',
  access: { roles: STAFF, owner: 'account_id' },
  params: byAccount,
  query: Type.Object({ ...pageQuery }),
  reply: PageOf(LogLine),
  problems: ['ACCOUNT_NOT_FOUND', 'CURSOR_WRONG'],
})

const StatementLine = Type.Object({
  entry_id: Id,
  booking_date: IsoDate,
  value_date: IsoDate,
  description: Type.String(),
  reference: Type.String(),
  business_event: Type.String(),
  signed_cents: Cents,
  balance_cents: Cents,
})

const Statement = Type.Object({
  account_id: Id,
  account_number: Type.String(),
  holder: Type.String(),
  currency: CurrencyCode,
  from: IsoDate,
  to: IsoDate,
  opening_balance_cents: Cents,
  closing_balance_cents: Cents,
  credits_cents: Cents,
  debits_cents: Cents,
  lines: Type.Array(StatementLine),
  /** True when there are more lines than one statement holds; ask for a shorter period. */
  is_truncated: Type.Boolean(),
  as_of: Timestamp,
})
const FORMATS = ['json', 'csv', 'pdf'] as const

export const getStatement = operation({
  id: 'getStatement',
  method: 'GET',
  path: '/accounts/:account_id/statement',
  summary: 'The statement of a period, by booking date, both days included: JSON, CSV or PDF',
  access: { roles: STAFF, owner: 'account_id', scope: 'account_information' },
  params: byAccount,
  query: Type.Object({ from: IsoDate, to: IsoDate, format: Type.Optional(OneOf(FORMATS)) }),
  reply: Statement,
  files: ['text/csv', 'application/pdf'],
  audit: true,
  problems: ['ACCOUNT_NOT_FOUND', 'PERIOD_WRONG', 'PERIOD_TOO_LONG'],
})

export const listStatements = operation({
  id: 'listStatements',
  method: 'GET',
  path: '/accounts/:account_id/statements',
  summary: 'The monthly statements of an account, newest first',
  access: { roles: STAFF, owner: 'account_id', scope: 'account_information' },
  params: byAccount,
  query: Type.Object({ ...pageQuery }),
  reply: PageOf(
    Type.Object({
      statement_id: Id,
      from: IsoDate,
      to: IsoDate,
      opening_balance_cents: Cents,
      closing_balance_cents: Cents,
      entry_count: Type.Integer(),
      created_at: Timestamp,
    }),
  ),
  problems: ['ACCOUNT_NOT_FOUND', 'CURSOR_WRONG'],
})

export const getMonthlyStatement = operation({
  id: 'getMonthlyStatement',
  method: 'GET',
  path: '/accounts/:account_id/statements/:statement_id',
  summary: 'One monthly statement: JSON, CSV or PDF',
  access: { roles: STAFF, owner: 'account_id', scope: 'account_information' },
  params: Type.Object({ account_id: Id, statement_id: Id }),
  query: Type.Object({ format: Type.Optional(OneOf(FORMATS)) }),
  reply: Statement,
  files: ['text/csv', 'application/pdf'],
  audit: true,
  problems: ['ACCOUNT_NOT_FOUND', 'STATEMENT_NOT_FOUND'],
})

export const getAccountInterest = operation({
  id: 'getAccountInterest',
  method: 'GET',
  path: '/accounts/:account_id/interest',
  summary: 'The rate of an account, what has accrued this month, and what was paid',
  description:
    'Interest is balance × rate ÷ 365 for each day, summed exactly and rounded once, half to even, when the month is posted.',
  access: { roles: STAFF, owner: 'account_id' },
  params: byAccount,
  reply: Type.Object({
    account_id: Id,
    currency: CurrencyCode,
    rate_ppm: Type.Integer(),
    /** What would be paid if the month ended with the last closed day. */
    accrued_cents: Cents,
    accrued_from: Type.Unsafe<string | null>({ type: ['string', 'null'], format: 'date' }),
    accrued_to: Type.Unsafe<string | null>({ type: ['string', 'null'], format: 'date' }),
    paid: Type.Array(Type.Object({ period: Type.String(), amount_cents: Cents, ledger_transaction_id: NullableId })),
  }),
  problems: ['ACCOUNT_NOT_FOUND'],
})

export const getAccount = operation({
  id: 'getAccount',
  method: 'GET',
  path: '/accounts/:account_id',
  summary: 'One account',
  access: { roles: STAFF, owner: 'account_id', scope: 'account_information' },
  params: byAccount,
  reply: Account,
  problems: ['ACCOUNT_NOT_FOUND'],
})

export const listAccounts = operation({
  id: 'listAccounts',
  method: 'GET',
  path: '/accounts',
  summary: "The signed-in customer's accounts; staff ask for a customer's",
  access: { roles: ['customer', ...STAFF], scope: 'account_information' },
  query: Type.Object({ ...pageQuery, customer_id: Type.Optional(Id), status: Type.Optional(OneOf(ACCOUNT_STATUSES)) }),
  reply: PageOf(Account),
  auditStaff: true,
  problems: ['CUSTOMER_REQUIRED', 'CUSTOMER_NOT_YOURS', 'CURSOR_WRONG'],
})

export const getAccountBalance = operation({
  id: 'getAccountBalance',
  method: 'GET',
  path: '/accounts/:account_id/balance',
  summary: 'The ledger, available and pending balance, as the ledger knows them now',
  description:
    'Pending is the sum of active holds; available is the ledger balance less holds plus the overdraft limit.',
  access: { roles: STAFF, owner: 'account_id', scope: 'account_information', services: ['identity-service'] },
  params: byAccount,
  reply: Type.Object({
    account_id: Id,
    currency: CurrencyCode,
    ledger_balance_cents: Cents,
    available_balance_cents: Cents,
    pending_balance_cents: Cents,
    overdraft_limit_cents: NonNegativeCents,
    as_of: Timestamp,
  }),
  problems: ['ACCOUNT_NOT_FOUND'],
})

export const freezeAccount = operation({
  id: 'freezeAccount',
  method: 'POST',
  path: '/accounts/:account_id/freeze',
  summary: 'Stops all debits from an account until it is unfrozen',
  access: { roles: ['support', 'compliance'], owner: { id: 'account_id', in: 'params', capability: 'manage' } },
  params: byAccount,
  body: Type.Object({ reason: PlainText(280) }),
  reply: Account,
  problems: ['ACCOUNT_NOT_FOUND', 'OWN_ACCOUNT', 'ACCOUNT_PENDING', 'ACCOUNT_CLOSED', 'ACCOUNT_CHANGED'],
})

export const unfreezeAccount = operation({
  id: 'unfreezeAccount',
  method: 'POST',
  path: '/accounts/:account_id/unfreeze',
  summary: 'Allows debits again; only staff may undo a freeze',
  access: { roles: ['support', 'compliance'] },
  params: byAccount,
  reply: Account,
  problems: ['ACCOUNT_NOT_FOUND', 'OWN_ACCOUNT', 'ACCOUNT_CLOSED', 'ACCOUNT_CHANGED'],
  stepUp: true,
})

export const closeAccount = operation({
  id: 'closeAccount',
  method: 'DELETE',
  path: '/accounts/:account_id',
  summary: 'Closes an account whose balance and holds are zero; its history stays',
  description: 'An account with money is closed by `POST /accounts/{account_id}/close`, which pays it out first.',
  access: { roles: ['teller', 'compliance'], owner: { id: 'account_id', in: 'params', capability: 'manage' } },
  params: byAccount,
  reply: Account,
  money: true,
  problems: ['ACCOUNT_NOT_FOUND', 'OWN_ACCOUNT', 'ACCOUNT_FROZEN', 'ACCOUNT_CHANGED', 'BALANCE_NOT_ZERO'],
  stepUp: true,
})

const Closing = Type.Object({
  closing_id: Id,
  account_id: Id,
  payout_account_id: NullableId,
  status: OneOf(['PENDING', 'COMPLETED', 'FAILED'] as const),
  payout_cents: NullableCents,
  failure_code: NullableText(60),
  requested_at: Timestamp,
})

export const payOutAndClose = operation({
  id: 'payOutAndClose',
  method: 'POST',
  path: '/accounts/:account_id/close',
  summary: 'Pays accrued interest and the whole balance out to another account of the same customer, then closes',
  description:
    'Answers 202: interest is paid, the balance paid out and the account closed step by step, each exactly once; just after midnight it waits for the interest of the day before. It fails while holds stand or the balance is below zero; what was paid out by then is told.',
  access: { roles: ['teller', 'compliance'], owner: { id: 'account_id', in: 'params', capability: 'manage' } },
  params: byAccount,
  body: Type.Object({ payout_account_id: Id, reason: Type.Optional(PlainText(280, 0)) }),
  reply: Closing,
  status: 202,
  idempotency: 'accepted',
  money: true,
  problems: [
    'ACCOUNT_NOT_FOUND',
    'OWN_ACCOUNT',
    'ACCOUNT_FROZEN',
    'ACCOUNT_CHANGED',
    'ACCOUNT_PENDING',
    'ACCOUNT_CLOSED',
    'PAYOUT_ACCOUNT_NOT_FOUND',
    'CURRENCY_MISMATCH',
    'SAME_ACCOUNT',
  ],
  stepUp: true,
})

export const getClosing = operation({
  id: 'getClosing',
  method: 'GET',
  path: '/accounts/:account_id/close',
  summary: 'How far the last closing of an account is',
  access: { roles: STAFF, owner: 'account_id' },
  params: byAccount,
  reply: Closing,
  problems: ['ACCOUNT_NOT_FOUND', 'CLOSING_NOT_FOUND'],
})

/** What a delegate may let out of an account by one payment, and in a business day; in minor units of its currency. */
const DelegateLimits = Type.Object({ max_amount_cents: NonNegativeCents, max_day_cents: NonNegativeCents })

const Owner = Type.Object({
  account_id: Id,
  customer_id: Id,
  relation: OneOf(['OWNER', 'JOINT', 'DELEGATE'] as const),
  capabilities: Type.Array(OneOf(CAPABILITIES)),
  /** Of a delegate whom an owner has set some; null: as much as the account lets out. */
  limits: Type.Union([DelegateLimits, Type.Null()]),
  added_at: Timestamp,
})

export const listOwners = operation({
  id: 'listOwners',
  method: 'GET',
  path: '/accounts/:account_id/owners',
  summary: 'Who owns an account or may act on it',
  access: { roles: STAFF, owner: 'account_id' },
  params: byAccount,
  reply: Type.Object({ items: Type.Array(Owner) }),
  problems: ['ACCOUNT_NOT_FOUND'],
})

export const addOwner = operation({
  id: 'addOwner',
  method: 'POST',
  path: '/accounts/:account_id/owners',
  summary: 'Adds a joint owner or a delegate with capabilities',
  access: { roles: ['teller', 'compliance'] },
  params: byAccount,
  body: Type.Object({
    customer_id: Id,
    relation: OneOf(['JOINT', 'DELEGATE'] as const),
    capabilities: Type.Optional(Type.Array(OneOf(CAPABILITIES), { minItems: 1, maxItems: 3 })),
    /** Of a delegate. */
    limits: Type.Optional(DelegateLimits),
  }),
  reply: Owner,
  status: 201,
  problems: ['ACCOUNT_NOT_FOUND', 'OWN_ACCOUNT', 'ACCOUNT_CLOSED', 'OWNER_EXISTS', 'NOT_A_DELEGATE', 'LIMIT_WRONG'],
  stepUp: true,
})

export const changeDelegateLimits = operation({
  id: 'changeDelegateLimits',
  method: 'PUT',
  path: '/accounts/:account_id/owners/:customer_id/limits',
  summary:
    'Sets what a delegate may let out of the account by one payment and in a day, or null for no limit of his own',
  description: 'By an owner, or at the counter; never by a delegate. Counts from the next payment on.',
  access: { roles: ['teller', 'compliance'], owner: { id: 'account_id', in: 'params', capability: 'manage' } },
  params: Type.Object({ account_id: Id, customer_id: Id }),
  body: Type.Object({ limits: Type.Union([DelegateLimits, Type.Null()]) }),
  reply: Owner,
  stepUp: true,
  problems: [
    'ACCOUNT_NOT_FOUND',
    'OWN_ACCOUNT',
    'OWNER_NOT_FOUND',
    'NOT_A_DELEGATE',
    'OWNERS_ONLY',
    'LIMIT_WRONG',
    'NOTHING_TO_CHANGE',
  ],
})

export const removeOwner = operation({
  id: 'removeOwner',
  method: 'DELETE',
  path: '/accounts/:account_id/owners/:customer_id',
  summary: 'Removes a joint owner or a delegate; the first owner stays',
  access: { roles: ['teller', 'compliance'] },
  params: Type.Object({ account_id: Id, customer_id: Id }),
  reply: Type.Object({}),
  status: 204,
  problems: ['ACCOUNT_NOT_FOUND', 'OWN_ACCOUNT', 'OWNER_NOT_FOUND', 'FIRST_OWNER_STAYS'],
  stepUp: true,
})

const Product = Type.Object({
  product_id: Type.String(),
  name: Type.String(),
  account_type: OneOf(ACCOUNT_TYPES),
  currencies: Type.Array(CurrencyCode),
  overdraft_allowed: Type.Boolean(),
  is_offered: Type.Boolean(),
  /** Parts per million a year; 0 where none is paid. */
  interest_rate_ppm: Type.Integer(),
  /** The limits that an account starts with, and the highest that its owner may set; hundredths of the unit of its currency, null: none. */
  default_daily_limit: Type.Union([Type.Integer(), Type.Null()]),
  highest_daily_limit: Type.Union([Type.Integer(), Type.Null()]),
})

export const listProducts = operation({
  id: 'listProducts',
  method: 'GET',
  path: '/products',
  summary: 'The account products of the bank',
  access: { anyone: true },
  reply: Type.Object({ items: Type.Array(Product) }),
})

export const getProduct = operation({
  id: 'getProduct',
  method: 'GET',
  path: '/products/:product_id',
  summary: 'One product',
  access: { anyone: true },
  params: Type.Object({ product_id: Type.String({ pattern: '^[a-z0-9-]{3,40}$' }) }),
  reply: Product,
  problems: ['NO_SUCH_PRODUCT'],
})

const Branch = Type.Object({ branch_id: Type.String(), name: Type.String(), is_main_office: Type.Boolean() })

export const listBranches = operation({
  id: 'listBranches',
  method: 'GET',
  path: '/branches',
  summary: 'The branches of the bank',
  access: { anyone: true },
  reply: Type.Object({ items: Type.Array(Branch) }),
})

/** What another service must know of accounts before it acts on them: asked for many at once. */
const AccountFacts = Type.Object({
  account_id: Id,
  account_number: Type.String(),
  currency: CurrencyCode,
  status: OneOf(ACCOUNT_STATUSES),
  branch_id: Type.String(),
  owners: Type.Array(
    Type.Object({
      customer_id: Id,
      capabilities: Type.Array(OneOf(CAPABILITIES)),
      /** Only of who acts for the holders and is none. */
      is_delegate: Type.Optional(Type.Literal(true)),
      /** Of a delegate whom an owner has set some; others have none. */
      limits: Type.Optional(DelegateLimits),
    }),
  ),
})

export const resolveAccounts = operation({
  id: 'resolveAccounts',
  method: 'POST',
  path: '/internal/accounts/resolve',
  summary: 'Facts of accounts by id or number, for services; unknown ones are left out',
  access: {
    services: [
      'transaction-service',
      'ledger-service',
      'fraud-service',
      'notification-service',
      'customer-service',
      'admin-service',
      'identity-service',
    ],
  },
  body: Type.Object({
    account_ids: Type.Array(Id, { maxItems: 2000 }),
    account_numbers: Type.Array(Type.String({ maxLength: 40 }), { maxItems: 2000 }),
  }),
  reply: Type.Object({ items: Type.Array(AccountFacts) }),
  audit: false,
})

export const accrueInterest = operation({
  id: 'accrueInterest',
  method: 'POST',
  path: '/internal/accounts/accruals',
  summary: 'A step of the end of day: accrues the interest of a closed day and, at the end of a month, posts it',
  description:
    'Answers how far it came; called again with the cursor until `next_cursor` is null. A day is accrued once per account, whatever is repeated.',
  access: { services: ['ledger-service'] },
  body: Type.Object({
    business_date: IsoDate,
    is_month_end: Type.Boolean(),
    cursor: Type.Optional(Type.String({ maxLength: 500 })),
  }),
  reply: Type.Object({ accrued: Type.Integer(), posted: Type.Integer(), next_cursor: NullableText(500) }),
  money: true,
})
