import { type Static, type TUnsafe, Type } from 'typebox'
import type { Caller, GrantDetail } from '#libs/contract/client.ts'
import { CurrencyCode, Id, IsoDate, OneOf, PlainText, PositiveCents, shapeOf } from '#libs/contract/schema.ts'

/** What a grant may be for; operations name one of them in `access.scope`. */
export const SCOPES = {
  profile: 'Your name and that you are a customer',
  account_information: 'See accounts, balances and transactions that you choose',
  payment_initiation: 'Make the one payment that you confirm',
  payments: 'Make payments from your accounts (keys of business customers only)',
} as const
export type Scope = keyof typeof SCOPES

const AccountNumber: TUnsafe<string> = Type.Unsafe<string>({ type: 'string', pattern: '^[A-Z0-9-]{5,40}$' })

/** Accounts that somebody may look at. The customer chooses which: a request names none, what was granted names each. */
export const AccountAccess = Type.Object({
  type: Type.Literal('account_access'),
  actions: Type.Array(OneOf(['accounts', 'balances', 'transactions'] as const), { minItems: 1, maxItems: 3 }),
  account_ids: Type.Optional(Type.Array(Id, { minItems: 1, maxItems: 50 })),
  /** The last day on which it counts; 90 days from the consent at most, which is also what counts without it. */
  expires_on: Type.Optional(IsoDate),
})
export type AccountAccess = Static<typeof AccountAccess>

/** One payment. The customer chooses the account it is made from where the request names none. */
export const PaymentInitiation = Type.Object({
  type: Type.Literal('payment_initiation'),
  amount_cents: PositiveCents,
  currency: CurrencyCode,
  destination_account_number: AccountNumber,
  /** Whom the third party says it pays; shown beside what the bank knows of the account. */
  payee_name: PlainText(140),
  reference: Type.Optional(PlainText(140)),
  source_account_id: Type.Optional(Id),
})
export type PaymentInitiation = Static<typeof PaymentInitiation>

const accountAccess = shapeOf(AccountAccess)
const paymentInitiation = shapeOf(PaymentInitiation)

/** Every account access among details; what does not have its form allows nothing. */
function accessesAmong(details: readonly GrantDetail[]): AccountAccess[] {
  return details.flatMap((detail) =>
    accountAccess.errorsInside(detail).length === 0 ? [accountAccess.revive(detail)] : [],
  )
}

/** The payment among details, or undefined. A token says its amount as a number of JSON, the bank's own rows as a bigint. */
export function paymentAmong(details: readonly GrantDetail[]): PaymentInitiation | undefined {
  for (const detail of details) {
    if (paymentInitiation.errorsInside(detail).length === 0) return detail as unknown as PaymentInitiation
    // What a token says is kept by who verified it, and stays as it is.
    if (paymentInitiation.fits(detail)) return paymentInitiation.revive(structuredClone(detail))
  }
  return undefined
}

/** What may be looked at of an account. */
export type AccountAction = AccountAccess['actions'][number]

/**
 * The accounts that a caller's grant is bounded to; null for no bound but the customer's own: the customer himself, and keys of his that name
 * none. A third party that was allowed no accounts has an empty list. With an `action` those alone of which that may be looked at.
 */
export function grantedAccounts({ grant }: Pick<Caller, 'grant'>, action?: AccountAction): ReadonlySet<string> | null {
  if (grant === null) return null
  const every = accessesAmong(grant.details)
  if (grant.kind === 'api_key' && every.length === 0) return null
  const accesses = every.filter(({ actions }) => action === undefined || actions.includes(action))
  return new Set(accesses.flatMap(({ account_ids = [] }) => account_ids.map((id) => id.toLowerCase())))
}

/** True unless a grant bounds the caller to other accounts, or to other things of this one than `action`. */
export function isWithinGrant(caller: Pick<Caller, 'grant'>, account_id: string, action?: AccountAction): boolean {
  return grantedAccounts(caller, action)?.has(account_id.toLowerCase()) ?? true
}
