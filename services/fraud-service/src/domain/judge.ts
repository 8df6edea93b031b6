import type { RuleRow } from '../tables.ts'
import { decide, type Velocity, type Verdict } from './decide.ts'

/** A transfer to be judged; amounts in minor units of its account's currency. */
export interface Transfer {
  transaction_id: string
  account_id: string
  /** Who is paid; null where that is no account of the bank. */
  related_account_id: string | null
  amount_cents: bigint
  currency: string
}

/** What is known of the accounts before the transfers: kept up to date by `judgeInOrder`. */
export interface History {
  /** By `velocityKey`. */
  velocities: Map<string, Velocity>
  /** By `payeeKey`: who was paid before. */
  payees: Set<string>
}

export function velocityKey(account_id: string, window_s: number): string {
  return `${account_id} ${window_s}`
}

export function payeeKey(transfer: Pick<Transfer, 'account_id' | 'related_account_id'>): string {
  return `${transfer.account_id} ${transfer.related_account_id}`
}

/** The windows that active rules measure over, each once, in seconds. */
export function windowsOf(rules: readonly RuleRow[]): number[] {
  return [...new Set(rules.filter((rule) => rule.is_active && rule.window_s > 0).map((rule) => rule.window_s))]
}

/**
 * A verdict for each transfer, in order: whatever the verdict, it counts for those after it, and an allowed one makes its payee known.
 * What was counted before and in which batches the transfers come makes no difference.
 */
export function judgeInOrder(transfers: readonly Transfer[], rules: readonly RuleRow[], history: History): Verdict[] {
  const windows = windowsOf(rules)
  return transfers.map((transfer) => {
    for (const window_s of windows) countIn(history, transfer, window_s)
    const { account_id, related_account_id, amount_cents, currency } = transfer
    const verdict = decide(rules, {
      amount_cents,
      currency,
      is_new_payee: related_account_id !== null && !history.payees.has(payeeKey(transfer)),
      velocity: (window_s) =>
        history.velocities.get(velocityKey(account_id, window_s)) ?? { count: 0n, amount_cents: 0n },
    })
    if (verdict.decision === 'ALLOW' && related_account_id !== null) history.payees.add(payeeKey(transfer))
    return verdict
  })
}

function countIn({ velocities }: History, { account_id, amount_cents }: Transfer, window_s: number): void {
  const key = velocityKey(account_id, window_s)
  const before = velocities.get(key) ?? { count: 0n, amount_cents: 0n }
  velocities.set(key, { count: before.count + 1n, amount_cents: before.amount_cents + amount_cents })
}
