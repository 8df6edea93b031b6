import { exponentOf, isCurrency } from '#libs/money/currencies.ts'
import { unreachable } from '#libs/problem/problem.ts'
import type { Decision, RuleRow } from '../tables.ts'

/** What is known of a transfer when it is judged; amounts in minor units of its currency, the transfer itself counted in. */
export interface Measurements {
  currency: string
  amount_cents: bigint
  is_new_payee: boolean
  /** What left the account within the last `window_s` seconds. */
  velocity(window_s: number): Velocity
}

export interface Velocity {
  count: bigint
  amount_cents: bigint
}

export interface Verdict {
  decision: Decision
  /** 0 to 1000. */
  fraud_score: number
  /** The rules that fired, the gravest first. */
  reason_codes: string[]
}

const GRAVITY: Readonly<Record<Decision, number>> = { ALLOW: 0, STEP_UP: 1, REVIEW: 2, BLOCK: 3 }
const HIGHEST_SCORE = 1000
/** Decimals that thresholds of money are written with. */
const THRESHOLD_EXPONENT = 2

/** The gravest decision of the rules that fired wins; their scores add up, to 1000 at most. No rule fired: ALLOW with 0. */
export function decide(rules: readonly RuleRow[], transfer: Measurements): Verdict {
  const fired = rules
    .filter((rule) => rule.is_active && isAbove(rule, transfer))
    .toSorted((a, b) => GRAVITY[b.decision] - GRAVITY[a.decision] || (a.rule_id < b.rule_id ? -1 : 1))
  const sum = fired.reduce((score, rule) => score + rule.score, 0)
  return {
    decision: fired[0]?.decision ?? 'ALLOW',
    fraud_score: Math.min(sum, HIGHEST_SCORE),
    reason_codes: fired.map((rule) => rule.rule_id),
  }
}

/** Thresholds of money are hundredths of a currency's unit, whatever its minor unit is: compared exactly, without a division. */
function isAbove(rule: RuleRow, transfer: Measurements): boolean {
  const value = measured(rule, transfer)
  if (rule.measure === 'VELOCITY_COUNT') return value > rule.threshold
  return value * 10n ** BigInt(THRESHOLD_EXPONENT) > rule.threshold * 10n ** BigInt(decimalsOf(transfer.currency))
}

/** A currency that left the table after its account was opened is still judged, as most are. */
function decimalsOf(currency: string): number {
  return isCurrency(currency) ? exponentOf(currency) : THRESHOLD_EXPONENT
}

function measured(rule: RuleRow, transfer: Measurements): bigint {
  switch (rule.measure) {
    case 'AMOUNT':
      return transfer.amount_cents
    case 'NEW_PAYEE_AMOUNT':
      return transfer.is_new_payee ? transfer.amount_cents : 0n
    case 'VELOCITY_COUNT':
      return transfer.velocity(rule.window_s).count
    case 'VELOCITY_AMOUNT':
      return transfer.velocity(rule.window_s).amount_cents
    default:
      return unreachable(rule.measure)
  }
}
