import { Problem } from '#libs/problem/problem.ts'
import { problems } from '../problems.ts'
import type { AccountFacts } from './accounts.ts'

/** A bound on what somebody may pay: by one payment, and by all of a business day in one currency, in minor units. */
export interface SpendingLimit {
  /** Who is counted: `key/<session>` or `delegate/<account>/<customer>`. */
  readonly holder: string
  readonly max_amount_cents: bigint
  readonly max_day_cents: bigint
}

/** Who pays, as far as limits ask. */
interface Payer {
  readonly customer_id: string | null
  readonly session_id: string | null
  readonly grant: { readonly kind: string; readonly details: readonly { readonly type: string }[] } | null
}

/**
 * The limits of a payment from an account: those of the key that it comes by, and those that an owner of the account has set the delegate who
 * pays. Most payments have none. A key without limits that can be read may pay nothing.
 */
export function limitsOf({ customer_id, session_id, grant }: Payer, source: AccountFacts): SpendingLimit[] {
  const limits: SpendingLimit[] = []
  if (grant?.kind === 'api_key') limits.push({ holder: `key/${session_id}`, ...keyLimits(grant.details) })
  const delegate = source.owners.find((owner) => owner.customer_id === customer_id)?.limits
  if (delegate !== undefined) limits.push({ holder: `delegate/${source.account_id}/${customer_id}`, ...delegate })
  return limits
}

function keyLimits(details: readonly { readonly type: string }[]): Omit<SpendingLimit, 'holder'> {
  const found = details.find(({ type }) => type === 'api_key_limits') as Record<string, unknown> | undefined
  const { max_amount_cents, max_day_cents } = found ?? {}
  return { max_amount_cents: wholeOf(max_amount_cents), max_day_cents: wholeOf(max_day_cents) }
}

function wholeOf(value: unknown): bigint {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? BigInt(value) : 0n
}

/** Where what a holder has spent today in a currency is found. */
export function spentKey(holder: string, currency: string): string {
  return `${holder} ${currency}`
}

/**
 * Lets a payment through its limits and counts it in `spent`, or says which limit it is beyond and how much is left. SPENDING_LIMIT counts
 * nothing anywhere.
 */
export function decideSpending(
  { amount_cents, currency }: { amount_cents: bigint; currency: string },
  limits: readonly SpendingLimit[],
  spent: Map<string, bigint>,
): Problem | undefined {
  for (const { holder, max_amount_cents, max_day_cents } of limits) {
    const left_cents = max_day_cents - (spent.get(spentKey(holder, currency)) ?? 0n)
    if (amount_cents > max_amount_cents) return beyond(`is at most ${max_amount_cents}`, { max_amount_cents })
    if (amount_cents > left_cents)
      return beyond(`is at most ${left_cents < 0n ? 0n : left_cents} today`, { max_day_cents })
  }
  for (const { holder } of limits) {
    const key = spentKey(holder, currency)
    spent.set(key, (spent.get(key) ?? 0n) + amount_cents)
  }
  return undefined
}

function beyond(detail: string, extra: Record<string, bigint>): Problem {
  return new Problem(problems.SPENDING_LIMIT, { errors: [{ pointer: '/amount_cents', detail }], extra })
}
