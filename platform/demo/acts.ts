/** Which account of a person: the first one, or the savings account beside it. */
export type Purse = 'main' | 'savings'

/** One thing that somebody does on a day. `key` is its own for ever: the idempotency key of what it does. Amounts in hundredths of a euro. */
export type Act = { key: string; person: number } & (
  | { kind: 'JOIN' }
  | { kind: 'APPROVE_KYC' }
  | { kind: 'REJECT_KYC' }
  | { kind: 'OPEN_SAVINGS' }
  | { kind: 'SHARE'; with: number; relation: 'JOINT' | 'DELEGATE' }
  | { kind: 'FREEZE' }
  | { kind: 'CASH_IN' | 'CASH_OUT'; amount_cents: number; description: string }
  /** From or to another bank: booked as history that an operator sends in. */
  | { kind: 'INCOME' | 'SPENDING'; amount_cents: number; description: string; category: string }
  | {
      kind: 'TRANSFER'
      amount_cents: number
      from: Purse
      to: number
      to_purse: Purse
      description: string
      remembers: boolean
    }
)

/** What happens on one day of the bank. */
export interface Day {
  /** Days since the bank was born. */
  index: number
  date: string
  acts: Act[]
}
