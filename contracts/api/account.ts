import { Type } from 'typebox'
import { operationsOf } from '#libs/contract/operation.ts'
import {
  Cents,
  CurrencyCode,
  Id,
  IsoDate,
  NonNegativeCents,
  NullableTimestamp,
  OneOf,
  PageOf,
  PlainText,
  pageQuery,
  Timestamp,
} from '#libs/contract/schema.ts'
import { ACCOUNT_STATUSES, ACCOUNT_TYPES } from '../enums.ts'

const operation = operationsOf('account-service')

const CAPABILITIES = ['view', 'debit', 'manage'] as const

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
  ],
})

export const getAccount = operation({
  id: 'getAccount',
  method: 'GET',
  path: '/accounts/:account_id',
  summary: 'One account',
  access: { roles: STAFF, owner: 'account_id' },
  params: byAccount,
  reply: Account,
  problems: ['ACCOUNT_NOT_FOUND'],
})

export const listAccounts = operation({
  id: 'listAccounts',
  method: 'GET',
  path: '/accounts',
  summary: "The signed-in customer's accounts; staff ask for a customer's",
  access: { roles: ['customer', ...STAFF] },
  query: Type.Object({ ...pageQuery, customer_id: Type.Optional(Id), status: Type.Optional(OneOf(ACCOUNT_STATUSES)) }),
  reply: PageOf(Account),
  problems: ['CUSTOMER_REQUIRED', 'CUSTOMER_NOT_YOURS', 'CURSOR_WRONG'],
})

export const getAccountBalance = operation({
  id: 'getAccountBalance',
  method: 'GET',
  path: '/accounts/:account_id/balance',
  summary: 'The ledger, available and pending balance, as the ledger knows them now',
  description:
    'Pending is the sum of active holds; available is the ledger balance less holds plus the overdraft limit.',
  access: { roles: STAFF, owner: 'account_id' },
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
  problems: ['ACCOUNT_NOT_FOUND', 'OWN_ACCOUNT', 'ACCOUNT_CLOSED', 'ACCOUNT_CHANGED'],
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
})

export const closeAccount = operation({
  id: 'closeAccount',
  method: 'DELETE',
  path: '/accounts/:account_id',
  summary: 'Closes an account whose balance and holds are zero; its history stays',
  access: { roles: ['teller', 'compliance'], owner: { id: 'account_id', in: 'params', capability: 'manage' } },
  params: byAccount,
  reply: Account,
  money: true,
  problems: ['ACCOUNT_NOT_FOUND', 'OWN_ACCOUNT', 'ACCOUNT_FROZEN', 'ACCOUNT_CHANGED', 'BALANCE_NOT_ZERO'],
})

const Owner = Type.Object({
  account_id: Id,
  customer_id: Id,
  relation: OneOf(['OWNER', 'JOINT', 'DELEGATE'] as const),
  capabilities: Type.Array(OneOf(CAPABILITIES)),
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
  }),
  reply: Owner,
  status: 201,
  problems: ['ACCOUNT_NOT_FOUND', 'OWN_ACCOUNT', 'ACCOUNT_CLOSED', 'OWNER_EXISTS'],
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
})

const Product = Type.Object({
  product_id: Type.String(),
  name: Type.String(),
  account_type: OneOf(ACCOUNT_TYPES),
  currencies: Type.Array(CurrencyCode),
  overdraft_allowed: Type.Boolean(),
  is_offered: Type.Boolean(),
})

export const listProducts = operation({
  id: 'listProducts',
  method: 'GET',
  path: '/products',
  summary: 'The account products of the bank',
  access: { anyone: true },
  reply: Type.Object({ items: Type.Array(Product) }),
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
  owners: Type.Array(Type.Object({ customer_id: Id, capabilities: Type.Array(OneOf(CAPABILITIES)) })),
})

export const resolveAccounts = operation({
  id: 'resolveAccounts',
  method: 'POST',
  path: '/internal/accounts/resolve',
  summary: 'Facts of accounts by id or number, for services; unknown ones are left out',
  access: { services: ['transaction-service', 'ledger-service', 'fraud-service'] },
  body: Type.Object({
    account_ids: Type.Array(Id, { maxItems: 2000 }),
    account_numbers: Type.Array(Type.String({ maxLength: 40 }), { maxItems: 2000 }),
  }),
  reply: Type.Object({ items: Type.Array(AccountFacts) }),
  audit: false,
})
