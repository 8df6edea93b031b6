import { Problem } from '#libs/problem/problem.ts'
import { problems } from '../problems.ts'
import type { ApiKeyRow } from '../tables.ts'

/** Keys that a user may have at a time. */
export const MAX_KEYS = 20
const DAY_MS = 86_400_000
/** Above it a number in a token would not be exact any more. */
const MAX_EXACT = BigInt(Number.MAX_SAFE_INTEGER)

/** When a key that is made now ends: a year later at most. */
export function keyEnd(now: Date, days: number): Date {
  return new Date(now.getTime() + Math.min(days, 365) * DAY_MS)
}

type KeyLimits = Pick<ApiKeyRow, 'max_amount_cents' | 'max_day_cents'>

/** The limits of a key: both where it pays, none where it does not; a payment is no more than a day. */
export function decideKeyLimits(
  scopes: readonly string[],
  { max_amount_cents, max_day_cents }: { max_amount_cents?: bigint; max_day_cents?: bigint },
): KeyLimits {
  const given = { max_amount_cents: max_amount_cents ?? null, max_day_cents: max_day_cents ?? null }
  const wrong = (pointer: string, detail: string): Problem =>
    new Problem(problems.KEY_LIMITS_WRONG, { errors: [{ pointer, detail }] })
  for (const [name, limit] of Object.entries(given)) {
    if (scopes.includes('payments') !== (limit !== null))
      throw wrong(`/${name}`, limit === null ? 'is required for payments' : 'has no place without payments')
    if (limit !== null && limit > MAX_EXACT) throw wrong(`/${name}`, `is at most ${MAX_EXACT}`)
  }
  if (given.max_amount_cents !== null && given.max_amount_cents > (given.max_day_cents ?? 0n))
    throw wrong('/max_amount_cents', 'is at most max_day_cents')
  return given
}

/**
 * What a key's token says it may, for every service that verifies it (`Caller.grant`). `payments` brings the scope that single payments ask for;
 * the limits are checked where money moves.
 */
export function grantOfKey({ scopes, account_ids, max_amount_cents, max_day_cents }: Omit<ApiKeyRow, 'status'>) {
  const accounts =
    account_ids === null
      ? []
      : [{ type: 'account_access', actions: ['accounts', 'balances', 'transactions'], account_ids }]
  const limits =
    max_amount_cents === null || max_day_cents === null
      ? []
      : [
          {
            type: 'api_key_limits',
            max_amount_cents: Number(max_amount_cents),
            max_day_cents: Number(max_day_cents),
          },
        ]
  return {
    kind: 'api_key',
    scopes: scopes.includes('payments') ? [...scopes, 'payment_initiation'] : scopes,
    details: [...accounts, ...limits],
  }
}
