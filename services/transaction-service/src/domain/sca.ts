import type { ScaGround } from '#contracts/enums.ts'
import { exponentOf, isCurrency } from '#libs/money/currencies.ts'

/**
 * What may be paid without the payer confirming it (Delegated Regulation (EU) 2018/389). Amounts are hundredths of a currency's unit, whatever
 * its minor unit is; null is no bound, or no exemption where it says so.
 */
export interface ScaLimits {
  /** Article 16: one payment of up to this … */
  readonly low_value_hundredths: number
  /** … as long as those since the last confirmation stay within this together … */
  readonly low_value_total_hundredths: number | null
  /** … and are no more than this. */
  readonly low_value_count: number | null
  /** The bank's own rule, stricter than the regulation: of low value to somebody whom the customer never confirmed. */
  readonly new_payee_hundredths: number
  /** Article 13: one payment of up to this to a payee that the customer confirmed as trusted; 0: no exemption. */
  readonly trusted_payee_hundredths: number
  /** What a business customer's key may pay; above it a person confirms. */
  readonly api_key_hundredths: number
  /** Article 14: the same amount to the same payee again, not sooner than after these days; null: no exemption. */
  readonly recurring_days: number | null
  /** Article 15: between accounts that the same persons hold. */
  readonly has_own_accounts: boolean
}

export interface ScaPolicy extends ScaLimits {
  /** 0 is what the profile brings along. */
  readonly version: number
}

/** Where nobody decided otherwise: as the regulation has it, and stricter where a payee is new. */
export const PRODUCTION_POLICY: ScaPolicy = {
  version: 0,
  low_value_hundredths: 3_000,
  low_value_total_hundredths: 10_000,
  low_value_count: 5,
  new_payee_hundredths: 0,
  trusted_payee_hundredths: 1_000_000,
  api_key_hundredths: 100_000,
  recurring_days: 6,
  has_own_accounts: true,
}

/** A sandbox lets people try things out: up to 500.00 each, however often. */
export const SANDBOX_POLICY: ScaPolicy = {
  ...PRODUCTION_POLICY,
  low_value_hundredths: 50_000,
  low_value_total_hundredths: null,
  low_value_count: null,
  new_payee_hundredths: 50_000,
}

/** What is known of one payment before its counters are. */
export interface Payment {
  readonly customer_id: string
  readonly payee_account_id: string
  readonly amount_cents: bigint
  readonly currency: string
  /** True where the customer confirmed exactly this request. */
  readonly isProved: boolean
  /** Whose grant pays, where one does. */
  readonly grant: 'third_party' | 'api_key' | null
  /** True where the customer pays from a device that is new: then only what stays his own goes unconfirmed. */
  readonly isNewDevice: boolean
  /** True where both accounts are held by the same persons. */
  readonly isOwn: boolean
  /** True where the customer confirmed the payee as trusted. */
  readonly isTrusted: boolean
  /** True where the customer confirmed a payment to this payee before. */
  readonly isKnown: boolean
  /** When the last payment of the same amount to the same payee began, where the first was confirmed. */
  readonly series_at: Date | null
}

/** What a customer paid as low value since he last confirmed a payment. */
export interface Counter {
  readonly payment_count: number
  readonly total_hundredths: bigint
}

export const NOTHING_COUNTED: Counter = { payment_count: 0, total_hundredths: 0n }

/** Why a payment has to be confirmed, for the person's eyes. */
export type ScaReason = 'NEW_DEVICE' | 'ABOVE_LOW_VALUE' | 'NEW_PAYEE' | 'TOTAL_REACHED' | 'COUNT_REACHED'

const HUNDREDTHS = 2

/** An amount in hundredths of its currency's unit, a part of one counted whole. */
export function hundredthsOf(amount_cents: bigint, currency: string): bigint {
  const exponent = isCurrency(currency) ? exponentOf(currency) : HUNDREDTHS
  if (exponent <= HUNDREDTHS) return amount_cents * 10n ** BigInt(HUNDREDTHS - exponent)
  const part = 10n ** BigInt(exponent - HUNDREDTHS)
  return (amount_cents + part - 1n) / part
}

/** The ground of a payment that no counter stands behind, or undefined. A confirmation comes first, so that it counts as one. */
export function groundOf(payment: Payment, policy: ScaPolicy): ScaGround | undefined {
  if (payment.grant === 'third_party') return 'CONSENT'
  if (payment.grant === 'api_key') return 'API_KEY'
  if (payment.isProved) return 'PROVED'
  if (policy.has_own_accounts && payment.isOwn) return 'OWN_ACCOUNTS'
  if (payment.isNewDevice) return undefined
  const amount = hundredthsOf(payment.amount_cents, payment.currency)
  if (payment.isTrusted && amount <= BigInt(policy.trusted_payee_hundredths)) return 'TRUSTED_PAYEE'
  return undefined
}

/** Why a payment is not of low value whatever was paid before (article 16 a, and the bank's rule for new payees); undefined where it is. */
export function aboveLowValue(payment: Payment, policy: ScaPolicy): ScaReason | undefined {
  if (payment.isNewDevice) return 'NEW_DEVICE'
  const amount = hundredthsOf(payment.amount_cents, payment.currency)
  if (amount > BigInt(policy.low_value_hundredths)) return 'ABOVE_LOW_VALUE'
  return !payment.isKnown && amount > BigInt(policy.new_payee_hundredths) ? 'NEW_PAYEE' : undefined
}

/** The counter after one more payment of low value, or why it is one too many (article 16 b and c; both bounds hold). */
export function countLowValue(counter: Counter, payment: Payment, policy: ScaPolicy): Counter | ScaReason {
  const total_hundredths = counter.total_hundredths + hundredthsOf(payment.amount_cents, payment.currency)
  const payment_count = counter.payment_count + 1
  const { low_value_total_hundredths: most, low_value_count: times } = policy
  if (most !== null && total_hundredths > BigInt(most)) return 'TOTAL_REACHED'
  if (times !== null && payment_count > times) return 'COUNT_REACHED'
  return { payment_count, total_hundredths }
}

/** True where low value has a bound over several payments, so that counters have to be kept. */
export function hasCounters(policy: ScaPolicy): boolean {
  return policy.low_value_total_hundredths !== null || policy.low_value_count !== null
}

/** Before this moment the last payment of a series must have begun for one more; null where series are no exemption (article 14). */
export function seriesBefore(policy: ScaPolicy, now: Date): Date | null {
  return policy.recurring_days === null ? null : new Date(now.getTime() - policy.recurring_days * 86_400_000)
}

/** True for one more of a series that was confirmed when it began. */
export function isNextOfSeries({ series_at, isNewDevice }: Payment, policy: ScaPolicy, now: Date): boolean {
  const before = seriesBefore(policy, now)
  return !isNewDevice && before !== null && series_at !== null && series_at <= before
}

/** Who stands on an account. */
interface Held {
  readonly owners: readonly { readonly customer_id: string; readonly is_delegate?: true }[]
}

/**
 * True where the same persons hold both accounts (article 15): an account held with somebody else is not one's own alone. Delegates hold nothing:
 * two who act for each other pay each other, not themselves.
 */
export function isHeldByTheSame(a: Held, b: Held): boolean {
  const [one, other] = [a, b].map(({ owners }) =>
    owners
      .filter(({ is_delegate }) => is_delegate !== true)
      .map(({ customer_id }) => customer_id)
      .sort(),
  )
  return one !== undefined && other !== undefined && one.length > 0 && one.join() === other.join()
}
