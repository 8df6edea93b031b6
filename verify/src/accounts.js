// @ts-check
import { must, mustBe } from './verdict.js'

/** A Map takes 16.7 million keys and no more. */
const SHARDS = 64

/** @typedef {{ currency: string, is_debit: boolean, balance: number, sequence: number, entries: number }} Account */

/** Every account of an export with its running balance: the one thing that grows with the bank, about 250 bytes each. */
export class Accounts {
  constructor() {
    this.count = 0
    /** @type {Map<string, Account>[]} */
    this.shards = Array.from({ length: SHARDS }, () => new Map())
    /** @type {Map<string, string>} */
    this.currencies = new Map()
  }

  /** @param {import('./fields.js').AccountLine} opened */
  open({ ledger_account_id, normal_side, currency, opening_balance_cents, opening_sequence }) {
    const shard = this.#shardOf(ledger_account_id)
    must(!shard.has(ledger_account_id), 'account.ledger_account_id', 'each account once', ledger_account_id)
    if (!this.currencies.has(currency)) this.currencies.set(currency, currency)
    shard.set(ledger_account_id, {
      // One text for all accounts of a currency, not one a line.
      currency: this.currencies.get(currency) ?? currency,
      is_debit: normal_side === 'DEBIT',
      balance: opening_balance_cents,
      sequence: opening_sequence,
      entries: 0,
    })
    this.count += 1
  }

  /**
   * The entry continues its account: the next sequence, and the balance that it makes.
   * @param {import('./fields.js').Entry} entry
   * @param {string} what
   */
  book(entry, what) {
    const account = this.#shardOf(entry.ledger_account_id).get(entry.ledger_account_id)
    must(account !== undefined, `${what}.ledger_account_id`, 'an account that has its line', entry.ledger_account_id)
    mustBe(`${what}.currency`, account.currency, entry.currency)
    const hint = account.entries > 0 ? '' : ` (or the opening of account ${entry.ledger_account_id})`
    const raises = (entry.side === 'DEBIT') === account.is_debit
    const balance = account.balance + (raises ? entry.amount_cents : -entry.amount_cents)
    if (entry.sequence !== account.sequence + 1) mustBe(`${what}.sequence${hint}`, account.sequence + 1, entry.sequence)
    if (entry.balance_cents !== balance) mustBe(`${what}.balance_cents${hint}`, balance, entry.balance_cents)
    account.balance = balance
    account.sequence = entry.sequence
    account.entries += 1
  }

  /** An account without an entry stands in no export: nothing would prove what its line says. */
  mustAllHaveEntries() {
    for (const shard of this.shards) {
      for (const [id, { entries }] of shard) must(entries > 0, `account ${id}`, 'an entry of it', 'none')
    }
  }

  /** Accounts with a single entry that is not their first: no two balances, nor the 0 before all, fix what a side does to them. */
  saidCount() {
    let count = 0
    for (const shard of this.shards) {
      for (const { entries, sequence } of shard.values()) if (entries === 1 && sequence > 1) count += 1
    }
    return count
  }

  /** @param {string} id */
  #shardOf(id) {
    const end = id.length - 1
    const draw = id.charCodeAt(end) + 31 * id.charCodeAt(Math.max(0, end - 1))
    return /** @type {Map<string, Account>} */ (this.shards[draw % SHARDS])
  }
}
