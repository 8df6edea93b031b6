/** One thing that does not add up. */
export interface Discrepancy {
  readonly kind:
    | 'balance'
    | 'held'
    | 'hold'
    | 'sequence'
    | 'running_balance'
    | 'debited_today'
    | 'debited_month'
    | 'daily_balance'
    | 'transaction'
    | 'journal'
    | 'currency'
  readonly id: string
  readonly kept: string
  readonly recomputed: string
}
