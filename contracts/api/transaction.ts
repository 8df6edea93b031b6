import { Type } from 'typebox'
import { operationsOf } from '#libs/contract/operation.ts'
import {
  Cents,
  CurrencyCode,
  Id,
  IsoDate,
  NonNegativeCents,
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
import { BENEFICIARY_TYPES, SCA_GROUNDS, TRANSACTION_STATUSES, TRANSACTION_TYPES } from '../enums.ts'

const operation = operationsOf('transaction-service')

const STAFF = ['teller', 'support', 'operator', 'compliance', 'auditor', 'admin'] as const
const byTransaction = Type.Object({ transaction_id: Id })

export const Transaction = Type.Object({
  transaction_id: Id,
  transaction_ref: Type.String({ examples: ['TXN-2026-0000000001'] }),
  transaction_type: OneOf(TRANSACTION_TYPES),
  status: OneOf(TRANSACTION_STATUSES),
  source_account_id: NullableId,
  destination_account_id: NullableId,
  amount_cents: PositiveCents,
  currency: CurrencyCode,
  description: Type.String(),
  external_reference: NullableText(140),
  value_date: IsoDate,
  /** For staff; customers see null, as in `approved_by`. */
  fraud_score: Type.Union([Type.Integer(), Type.Null()]),
  requires_approval: Type.Boolean(),
  /** Why it failed, as a code; null otherwise. */
  failure_code: NullableText(60),
  /** The user who wished it; null where a customer sees somebody else's wish. */
  initiated_by: NullableText(60),
  approved_by: NullableText(60),
  /** For staff: why it could begin, by the policy of strong customer authentication. */
  sca: Type.Union([OneOf(SCA_GROUNDS), Type.Null()]),
  ledger_transaction_id: NullableId,
  /** The one that it undid, and the one that undid it. */
  reversal_of: NullableId,
  reversed_by: NullableId,
  created_at: Timestamp,
  completed_at: NullableTimestamp,
  /** When it was booked, on the bank's clock. */
  booked_at: NullableTimestamp,
})

const moneyFields = {
  amount_cents: PositiveCents,
  currency: CurrencyCode,
  description: Type.Optional(PlainText(280, 0)),
}

export const transferMoney = operation({
  id: 'transferMoney',
  method: 'POST',
  path: '/transactions/transfer',
  summary: 'Moves money from an account to another, named by id or by number',
  description:
    'Answers 202 with the transaction; `Prefer: wait=N` waits up to N seconds for its end. The same Idempotency-Key moves the money once.',
  access: { owner: { id: 'source_account_id', in: 'body', capability: 'debit' }, scope: 'payment_initiation' },
  body: Type.Object({
    source_account_id: Id,
    destination_account_id: Type.Optional(Id),
    destination_account_number: Type.Optional(Type.String({ minLength: 5, maxLength: 40, pattern: '^[A-Z0-9-]+$' })),
    ...moneyFields,
    external_reference: Type.Optional(PlainText(140)),
  }),
  reply: Transaction,
  status: 202,
  location: '/transactions',
  idempotency: 'required',
  money: true,
  batched: true,
  problems: [
    'ACCOUNT_NOT_FOUND',
    'DESTINATION_NOT_FOUND',
    'DESTINATION_REQUIRED',
    'STEP_UP_REQUIRED',
    'CONSENT_MISMATCH',
    'CONSENT_USED',
    'KEY_ABOVE_POLICY',
    'SPENDING_LIMIT',
    'SAME_ACCOUNT',
    'CURRENCY_MISMATCH',
    'CURRENCY_UNKNOWN',
    'ACCOUNT_FROZEN',
    'ACCOUNT_CLOSED',
    'ACCOUNT_PENDING',
  ],
})

const tellerProblems = [
  'ACCOUNT_NOT_FOUND',
  'CURRENCY_MISMATCH',
  'CURRENCY_UNKNOWN',
  'ACCOUNT_FROZEN',
  'ACCOUNT_CLOSED',
  'ACCOUNT_PENDING',
  'OWN_ACCOUNT',
] as const

export const depositCash = operation({
  id: 'depositCash',
  method: 'POST',
  path: '/transactions/deposit',
  summary: 'A teller takes cash in for an account',
  access: { roles: ['teller'] },
  body: Type.Object({ account_id: Id, ...moneyFields }),
  reply: Transaction,
  status: 202,
  location: '/transactions',
  idempotency: 'required',
  money: true,
  batched: true,
  problems: tellerProblems,
})

export const withdrawCash = operation({
  id: 'withdrawCash',
  method: 'POST',
  path: '/transactions/withdrawal',
  summary: 'A teller pays cash out of an account',
  access: { roles: ['teller'] },
  body: Type.Object({ account_id: Id, ...moneyFields }),
  reply: Transaction,
  status: 202,
  location: '/transactions',
  idempotency: 'required',
  money: true,
  batched: true,
  problems: tellerProblems,
})

const ImportedRow = Type.Object({
  account_id: Id,
  /** Credits raise the account's balance, debits lower it. */
  direction: OneOf(['CREDIT', 'DEBIT'] as const),
  amount_cents: PositiveCents,
  currency: CurrencyCode,
  value_date: IsoDate,
  description: PlainText(280, 0),
  category: Type.Optional(PlainText(140, 0)),
  /** With the account: the row's key for ever, so that a row is booked once however often it is sent. */
  external_reference: Type.String({ pattern: '^[A-Za-z0-9._:-]{8,100}$' }),
})

const Refusal = Type.Object({
  external_reference: Type.String(),
  transaction_id: NullableId,
  code: Type.String(),
  detail: Type.String(),
})

export const bookBatch = operation({
  id: 'bookBatch',
  method: 'POST',
  path: '/transactions/batches',
  summary: 'An operator books many rows of real history; each row is booked or refused by itself, once for ever',
  description:
    'No fraud step and no hold. A row whose (account_id, external_reference) is known already is counted and not booked again, unless it failed.',
  access: { roles: ['operator'] },
  body: Type.Object({ batch_id: Id, rows: Type.Array(ImportedRow, { minItems: 1, maxItems: 5000 }) }),
  reply: Type.Object({
    batch_id: Id,
    accepted: Type.Integer(),
    already_known: Type.Integer(),
    refused: Type.Array(Refusal),
  }),
  status: 202,
  idempotency: 'accepted',
  bodyLimitBytes: 4_194_304,
  money: true,
  problems: ['BATCH_TOO_LARGE'],
})

export const getBatch = operation({
  id: 'getBatch',
  method: 'GET',
  path: '/transactions/batches/:batch_id',
  summary: 'How far a batch is: rows pending, completed and failed, sums per account, and the failures',
  access: { roles: ['operator', 'auditor'] },
  params: Type.Object({ batch_id: Id }),
  reply: Type.Object({
    batch_id: Id,
    rows: Type.Integer(),
    pending: Type.Integer(),
    completed: Type.Integer(),
    failed: Type.Integer(),
    failures: Type.Array(Refusal),
    accounts: Type.Array(Type.Object({ account_id: Id, completed: Type.Integer(), net_cents: Cents })),
  }),
  problems: ['BATCH_NOT_FOUND'],
})

export const getTransaction = operation({
  id: 'getTransaction',
  method: 'GET',
  path: '/transactions/:transaction_id',
  summary: 'One transaction in its present state',
  access: {
    roles: STAFF,
    owner: 'transaction_id',
    services: ['fraud-service', 'notification-service', 'admin-service'],
    scope: 'account_information',
  },
  params: byTransaction,
  reply: Transaction,
  problems: ['TRANSACTION_NOT_FOUND'],
})

export const listTransactions = operation({
  id: 'listTransactions',
  method: 'GET',
  path: '/transactions',
  summary: "Searches the transactions of the signed-in customer's accounts, newest first; staff search all",
  description:
    'Every filter narrows. `q` finds words, and beginnings of words, of description, reference and external reference. Staff name an account, a ' +
    'customer, a reference or a span of at most 31 days, so that no search reads the whole bank.',
  access: { roles: ['customer', ...STAFF], scope: 'account_information' },
  query: Type.Object({
    ...pageQuery,
    status: Type.Optional(OneOf(TRANSACTION_STATUSES)),
    transaction_type: Type.Optional(OneOf(TRANSACTION_TYPES)),
    account_id: Type.Optional(Id),
    customer_id: Type.Optional(Id),
    q: Type.Optional(PlainText(100)),
    min_amount_cents: Type.Optional(NonNegativeCents),
    max_amount_cents: Type.Optional(NonNegativeCents),
    /** Value dates, both included. */
    from: Type.Optional(IsoDate),
    to: Type.Optional(IsoDate),
    /** The other account: its id or its number. */
    counterparty: Type.Optional(Type.String({ minLength: 5, maxLength: 40, pattern: '^[A-Za-z0-9-]+$' })),
  }),
  reply: PageOf(Transaction),
  auditStaff: true,
  problems: ['CURSOR_WRONG', 'SEARCH_TOO_WIDE', 'CUSTOMER_NOT_YOURS'],
})

export const listAccountTransactions = operation({
  id: 'listAccountTransactions',
  method: 'GET',
  path: '/accounts/:account_id/transactions',
  summary: 'Transactions of one account, newest first',
  access: { roles: STAFF, owner: 'account_id', scope: 'account_information' },
  params: Type.Object({ account_id: Id }),
  query: Type.Object({ ...pageQuery, status: Type.Optional(OneOf(TRANSACTION_STATUSES)) }),
  reply: PageOf(Transaction),
  problems: ['CURSOR_WRONG'],
})

export const listTransactionEvents = operation({
  id: 'listTransactionEvents',
  method: 'GET',
  path: '/transactions/:transaction_id/events',
  summary: 'What happened to a transaction, step by step',
  access: { roles: STAFF, owner: 'transaction_id' },
  params: byTransaction,
  reply: Type.Object({
    items: Type.Array(
      Type.Object({
        sequence: Type.Integer(),
        event_type: Type.String(),
        status: OneOf(TRANSACTION_STATUSES),
        code: NullableText(60),
        occurred_at: Timestamp,
        correlation_id: Type.String(),
      }),
    ),
  }),
  problems: ['TRANSACTION_NOT_FOUND'],
})

const Decision = Type.Object({ reason: PlainText(280) })

export const approveTransaction = operation({
  id: 'approveTransaction',
  method: 'POST',
  path: '/transactions/:transaction_id/approve',
  summary: 'A second person lets a waiting transaction go on',
  access: { roles: ['operator'], services: ['admin-service'] },
  params: byTransaction,
  body: Decision,
  reply: Transaction,
  status: 202,
  money: true,
  problems: ['TRANSACTION_NOT_FOUND', 'NOT_AWAITING_APPROVAL', 'OWN_TRANSACTION', 'APPROVAL_EXPIRED'],
  stepUp: true,
})

export const rejectTransaction = operation({
  id: 'rejectTransaction',
  method: 'POST',
  path: '/transactions/:transaction_id/reject',
  summary: 'A second person stops a waiting transaction; its hold is released',
  access: { roles: ['operator'], services: ['admin-service'] },
  params: byTransaction,
  body: Decision,
  reply: Transaction,
  status: 202,
  money: true,
  problems: ['TRANSACTION_NOT_FOUND', 'NOT_AWAITING_APPROVAL', 'OWN_TRANSACTION'],
  stepUp: true,
})

export const cancelTransaction = operation({
  id: 'cancelTransaction',
  method: 'POST',
  path: '/transactions/:transaction_id/cancel',
  summary: 'Takes a transfer back that is not being booked yet; its hold is released',
  access: { owner: { id: 'transaction_id', in: 'params', capability: 'debit' } },
  params: byTransaction,
  reply: Transaction,
  status: 202,
  money: true,
  problems: ['TRANSACTION_NOT_FOUND', 'NOT_CANCELLABLE'],
})

export const reverseCompletedTransaction = operation({
  id: 'reverseCompletedTransaction',
  method: 'POST',
  path: '/transactions/:transaction_id/reverse',
  summary: 'Undoes a completed transaction by its opposite, once; answers the reversal',
  description:
    'Never by the one who asked for it or approved it. Refused, and nothing moved, where the receiving account does not have the money any more.',
  access: { roles: ['operator'] },
  params: byTransaction,
  body: Type.Object({
    reason_code: OneOf([
      'CUSTOMER_REQUEST',
      'DUPLICATE',
      'WRONG_AMOUNT',
      'WRONG_ACCOUNT',
      'FRAUD',
      'BANK_ERROR',
    ] as const),
    reason: PlainText(280),
  }),
  reply: Transaction,
  status: 202,
  idempotency: 'required',
  money: true,
  problems: ['TRANSACTION_NOT_FOUND', 'NOT_REVERSIBLE', 'ALREADY_REVERSED', 'OWN_TRANSACTION', 'OWN_ACCOUNT'],
  stepUp: true,
})

export const listTransactionAudit = operation({
  id: 'listTransactionAudit',
  method: 'GET',
  path: '/transactions/:transaction_id/audit',
  summary: 'What people decided about a transaction: who, when, why, from which state to which',
  access: { roles: ['operator', 'compliance', 'auditor', 'admin'] },
  params: byTransaction,
  reply: Type.Object({
    items: Type.Array(
      Type.Object({
        sequence: Type.Integer(),
        action: OneOf(['APPROVED', 'REJECTED', 'CANCELLED', 'REVERSED'] as const),
        status_before: OneOf(TRANSACTION_STATUSES),
        status_after: OneOf(TRANSACTION_STATUSES),
        reason: NullableText(280),
        acted_by: Type.String(),
        acted_at: Timestamp,
        correlation_id: Type.String(),
      }),
    ),
  }),
  problems: ['TRANSACTION_NOT_FOUND'],
})

export const listBalanceSnapshots = operation({
  id: 'listBalanceSnapshots',
  method: 'GET',
  path: '/accounts/:account_id/balances',
  summary:
    'The balance of an account at the end of each business day, oldest first; days without movement keep the last one',
  access: { roles: STAFF, owner: 'account_id' },
  params: Type.Object({ account_id: Id }),
  query: Type.Object({ from: IsoDate, to: IsoDate }),
  reply: Type.Object({
    account_id: Id,
    items: Type.Array(
      Type.Object({
        snapshot_date: IsoDate,
        opening_cents: Cents,
        debits_cents: Cents,
        credits_cents: Cents,
        closing_cents: Cents,
        entry_count: Type.Integer(),
      }),
    ),
  }),
  problems: ['PERIOD_WRONG', 'PERIOD_TOO_LONG'],
})

const Beneficiary = Type.Object({
  beneficiary_id: Id,
  customer_id: Id,
  beneficiary_type: OneOf(BENEFICIARY_TYPES),
  name: Type.String(),
  account_number: Type.String(),
  /** The bank's own account behind the number; null for other banks. */
  account_id: NullableId,
  bank_code: NullableText(11),
  country: NullableText(2),
  currency: CurrencyCode,
  is_favourite: Type.Boolean(),
  /** True where its customer confirmed with a strong factor that transfers to it need none (PSD2 RTS art. 13). */
  is_trusted: Type.Boolean(),
  last_paid_at: NullableTimestamp,
  created_at: Timestamp,
  version: Type.Integer(),
})
const byBeneficiary = Type.Object({ beneficiary_id: Id })
const Bic = Type.Unsafe<string>({ type: 'string', pattern: '^[A-Z0-9]{8}([A-Z0-9]{3})?$' })

export const addBeneficiary = operation({
  id: 'addBeneficiary',
  method: 'POST',
  path: '/beneficiaries',
  summary: 'Keeps a payee: an account of this bank by number, or one elsewhere by IBAN or number and bank',
  access: { roles: ['customer'] },
  body: Type.Object({
    beneficiary_type: OneOf(BENEFICIARY_TYPES),
    name: PlainText(140),
    account_number: Type.String({ minLength: 5, maxLength: 42, pattern: '^[A-Za-z0-9 -]+$' }),
    bank_code: Type.Optional(Bic),
    country: Type.Optional(Type.Unsafe<string>({ type: 'string', pattern: '^[A-Z]{2}$' })),
    currency: CurrencyCode,
    is_favourite: Type.Optional(Type.Boolean()),
  }),
  reply: Beneficiary,
  status: 201,
  idempotency: 'accepted',
  problems: [
    'BENEFICIARY_EXISTS',
    'PAYEE_NOT_FOUND',
    'OWN_ACCOUNT_AS_PAYEE',
    'CURRENCY_MISMATCH',
    'CURRENCY_UNKNOWN',
    'ACCOUNT_NUMBER_WRONG',
    'BANK_REQUIRED',
    'CUSTOMER_REQUIRED',
  ],
  stepUp: true,
})

export const listBeneficiaries = operation({
  id: 'listBeneficiaries',
  method: 'GET',
  path: '/beneficiaries',
  summary: "The signed-in customer's payees, favourites first",
  access: { roles: ['customer'] },
  query: Type.Object({ ...pageQuery, is_favourite: Type.Optional(Type.Boolean()) }),
  reply: PageOf(Beneficiary),
  problems: ['CURSOR_WRONG', 'CUSTOMER_REQUIRED'],
})

export const getBeneficiary = operation({
  id: 'getBeneficiary',
  method: 'GET',
  path: '/beneficiaries/:beneficiary_id',
  summary: 'One payee',
  access: { owner: 'beneficiary_id', services: ['identity-service'] },
  params: byBeneficiary,
  reply: Beneficiary,
  problems: ['BENEFICIARY_NOT_FOUND'],
})

export const changeBeneficiary = operation({
  id: 'changeBeneficiary',
  method: 'PUT',
  path: '/beneficiaries/:beneficiary_id',
  summary: 'Renames a payee or marks it as a favourite; another account is another payee',
  access: { owner: 'beneficiary_id' },
  params: byBeneficiary,
  body: Type.Object({
    name: Type.Optional(PlainText(140)),
    is_favourite: Type.Optional(Type.Boolean()),
    version: Type.Optional(Type.Integer({ minimum: 1 })),
  }),
  reply: Beneficiary,
  problems: ['BENEFICIARY_NOT_FOUND', 'BENEFICIARY_CHANGED', 'NOTHING_TO_CHANGE'],
  stepUp: true,
})

export const removeBeneficiary = operation({
  id: 'removeBeneficiary',
  method: 'DELETE',
  path: '/beneficiaries/:beneficiary_id',
  summary: 'Forgets a payee; what was paid to it stays in the history',
  access: { owner: 'beneficiary_id' },
  params: byBeneficiary,
  reply: Type.Object({}),
  status: 204,
  problems: ['BENEFICIARY_NOT_FOUND'],
})

export const trustBeneficiary = operation({
  id: 'trustBeneficiary',
  method: 'POST',
  path: '/beneficiaries/:beneficiary_id/trust',
  summary: 'Trusts a payee, so that transfers to it need no confirmation; or ends that',
  description:
    'To trust is always confirmed with a strong factor, in a sandbox too (PSD2 RTS art. 13); to end it is not. Accounts of this bank only.',
  access: { owner: 'beneficiary_id' },
  params: byBeneficiary,
  body: Type.Object({ is_trusted: Type.Boolean() }),
  reply: Beneficiary,
  problems: ['BENEFICIARY_NOT_FOUND', 'STEP_UP_REQUIRED', 'NOT_TRUSTABLE'],
})

const POLICY_READERS = ['compliance', 'auditor', 'operator', 'admin'] as const
/** Hundredths of a currency's unit, whatever its minor unit is. */
const Hundredths = Type.Integer({ minimum: 0, maximum: 2_000_000_000 })

const scaLimits = {
  /** One payment of up to this needs no confirmation (art. 16) … */
  low_value_hundredths: Hundredths,
  /** … as long as those since the last one stay within this together; null: no bound … */
  low_value_total_hundredths: Type.Union([Hundredths, Type.Null()]),
  /** … and are no more than this; null: no bound. */
  low_value_count: Type.Union([Type.Integer({ minimum: 0, maximum: 10_000 }), Type.Null()]),
  /** Of low value to somebody to whom the customer never confirmed a payment. */
  new_payee_hundredths: Hundredths,
  /** One payment of up to this to a payee that was confirmed as trusted (art. 13); 0: none. */
  trusted_payee_hundredths: Hundredths,
  /** What a business customer's key may pay at once. */
  api_key_hundredths: Hundredths,
  /** Days between payments of the same amount to the same payee of which the first was confirmed (art. 14); null: no exemption. */
  recurring_days: Type.Union([Type.Integer({ minimum: 1, maximum: 400 }), Type.Null()]),
  /** Between accounts that the same persons hold (art. 15). */
  has_own_accounts: Type.Boolean(),
}

const ScaPolicy = Type.Object({
  /** Null for the one that the bank's profile brings along. */
  policy_id: NullableId,
  /** Null until it is approved; the highest is in force, 0 is the profile's. */
  version: Type.Union([Type.Integer(), Type.Null()]),
  based_on: Type.Integer(),
  status: OneOf(['PROPOSED', 'APPROVED', 'REJECTED'] as const),
  is_in_force: Type.Boolean(),
  ...scaLimits,
  reason: Type.String(),
  proposed_by: NullableText(60),
  proposed_at: NullableTimestamp,
  decided_by: NullableText(60),
  decided_at: NullableTimestamp,
  decision_reason: NullableText(280),
})

export const listScaPolicies = operation({
  id: 'listScaPolicies',
  method: 'GET',
  path: '/transactions/sca-policies',
  summary:
    'What may be paid without a confirmation: the policy in force, those before it and what was proposed, newest first',
  access: { roles: POLICY_READERS },
  query: Type.Object({ ...pageQuery }),
  reply: PageOf(ScaPolicy),
  problems: ['CURSOR_WRONG'],
})

export const proposeScaPolicy = operation({
  id: 'proposeScaPolicy',
  method: 'POST',
  path: '/transactions/sca-policies',
  summary: 'Compliance proposes other limits of what may be paid without a confirmation; a second person decides',
  access: { roles: ['compliance'] },
  body: Type.Object({ ...scaLimits, reason: PlainText(280) }),
  reply: ScaPolicy,
  status: 201,
  idempotency: 'accepted',
})

export const decideScaPolicy = operation({
  id: 'decideScaPolicy',
  method: 'POST',
  path: '/transactions/sca-policies/:policy_id/decision',
  summary: 'A second person of compliance puts a proposed policy in force, or rejects it',
  access: { roles: ['compliance'] },
  params: Type.Object({ policy_id: Id }),
  body: Type.Object({ decision: OneOf(['APPROVED', 'REJECTED'] as const), reason: PlainText(280) }),
  reply: ScaPolicy,
  stepUp: true,
  problems: ['POLICY_NOT_FOUND', 'POLICY_DECIDED', 'POLICY_CHANGED', 'OWN_POLICY'],
})

/** Second names of operations, as the documents have them: one row each, the same operation answers. */
export const aliases = [
  { method: 'GET', path: '/transactions/account/:account_id', operation: listAccountTransactions },
  { method: 'GET', path: '/transactions/search', operation: listTransactions },
] as const
