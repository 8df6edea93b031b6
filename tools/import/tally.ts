import type { Currency } from '#libs/money/currencies.ts'
import type { BankAccount } from './accounts.ts'
import { accountKeyOf } from './references.ts'
import type { BankRow, RefusedRow } from './row-reader.ts'
import { RunningBalance } from './running-balance.ts'

/** What the file says of one account. Sums in minor units, credits positive. */
export interface AccountTally {
  label: string
  currency: Currency
  /** Undefined in a dry run. */
  account: BankAccount | undefined
  /** Rows that could be read, and their sum. */
  rows: number
  sum: bigint
  /** Of those, the rows that the bank refused. */
  refused_rows: number
  refused_sum: bigint
  running: RunningBalance
}

/** The sums of a file, account by account: memory grows with accounts, never with rows. */
export class Tallies {
  /** Rows in the file, readable or not. */
  rows = 0
  readonly #accounts = new Map<string, AccountTally>()

  /** Counts a row that can be booked; answers its account. */
  add({ line, account, currency, minor, balance }: BankRow): AccountTally {
    this.rows += 1
    const tally = this.#of(account, currency)
    tally.rows += 1
    tally.sum += minor
    tally.running.add(line, minor, balance)
    return tally
  }

  /** Counts a row that cannot be read: the file's own balance may jump there. */
  addUnreadable({ account, currency }: RefusedRow): void {
    this.rows += 1
    const known = account !== undefined && currency !== undefined ? [this.#of(account, currency)] : this.all
    for (const tally of known) tally.running.gap()
  }

  /** Counts a readable row that the bank refused. */
  addRefused({ account, currency, minor }: BankRow): void {
    const tally = this.#of(account, currency)
    tally.refused_rows += 1
    tally.refused_sum += minor
  }

  /** In the order in which the file names them. */
  get all(): readonly AccountTally[] {
    return [...this.#accounts.values()]
  }

  #of(label: string, currency: Currency): AccountTally {
    const key = accountKeyOf(label, currency)
    const known = this.#accounts.get(key)
    if (known !== undefined) return known
    const running = new RunningBalance()
    const fresh = { label, currency, account: undefined, rows: 0, sum: 0n, refused_rows: 0, refused_sum: 0n, running }
    this.#accounts.set(key, fresh)
    return fresh
  }
}
