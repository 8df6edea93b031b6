// @ts-check
import { createHash } from 'node:crypto'
import { Accounts } from './accounts.js'
import {
  kinds,
  mustBeAccount,
  mustBeEntry,
  mustBeHashes,
  mustBeSeal,
  mustBeTransaction,
  mustHave,
  shape,
} from './fields.js'
import { GrowingTree, hex, leafHash, NO_HASH, perfectCount, sha256 } from './hashing.js'
import { canonicalJson } from './json.js'
import { hashOfTransaction, mustFollow } from './links.js'
import { openCheckpoint } from './notes.js'
import { summaryOf } from './receipt.js'
import { must, mustBe } from './verdict.js'

export const EXPORT = 'bankflow-export/1'

const HEADER_FIELDS = shape({
  format: kinds.text,
  origin: kinds.text,
  from_seal: kinds.positive,
  first_leaf: kinds.count,
  previous_hash: kinds.hash,
  frontier: kinds.list,
  accounts: kinds.count,
})
const END_FIELDS = shape({
  tree_size: kinds.count,
  root_hash: kinds.hash,
  seals: kinds.count,
  transactions: kinds.count,
  entries: kinds.count,
})
const ACCOUNT_LINE = shape({ account: kinds.object })
const TRANSACTION_LINE = shape({ transaction: kinds.object, entries: kinds.list })
const SEAL_LINE = shape({ seal: kinds.object })
const CHECKPOINT_LINE = shape({ checkpoint: kinds.text })
const END_LINE = shape({ end: kinds.object })

/** An export, line by line. What it keeps does not grow, its accounts apart. */
export class Export {
  /** @param {readonly import('./notes.js').VerifierKey[]} keys */
  constructor(keys) {
    this.keys = keys
    this.accounts = new Accounts()
    this.tree = new GrowingTree(0, [])
    this.counts = { seals: 0, transactions: 0, entries: 0, checkpoints: 0 }
    /** Debits less credits of each currency. @type {Map<string, bigint>} */
    this.totals = new Map()
    this.header = { origin: '', from_seal: 1, first_leaf: 0, accounts: 0 }
    this.sealed = { seal_no: 0, hash: NO_HASH, sealed_at: '' }
    /** What no seal covers yet; its version is the lowest that the seal may have. */
    this.unsealed = { first_leaf: 0, leaves: createHash('sha256'), version: 1 }
    /** @type {import('./notes.js').Checkpoint | undefined} */
    this.checkpoint = undefined
    /** @type {'header' | 'accounts' | 'body' | 'ended'} */
    this.part = 'header'
  }

  /**
   * The next line.
   * @param {unknown} value
   */
  add(value) {
    if (this.part === 'header') return this.#begin(value)
    const kind = kindOf(value)
    must(this.part !== 'ended', 'the line', 'nothing after the end', kind)
    if (kind === 'account') return this.#addAccount(value)
    if (this.part === 'accounts') {
      mustBe('number of account lines', this.header.accounts, this.accounts.count)
      this.part = 'body'
    }
    if (kind === 'transaction') return this.#addTransaction(value)
    if (kind === 'seal') return this.#addSeal(value)
    if (kind === 'checkpoint') return this.#addCheckpoint(value)
    return this.#finish(value)
  }

  /** @param {unknown} value */
  #begin(value) {
    const header = mustHave(value, HEADER_FIELDS, '')
    const frontier = mustBeHashes(header.frontier, 'frontier')
    this.header = /** @type {typeof this.header} */ (/** @type {unknown} */ (header))
    const { origin, from_seal, first_leaf } = this.header
    const names = this.keys.map((key) => key.name)
    must(names.includes(origin), 'origin', `that of the key, ${names.join(' or ')}`, origin)
    mustBe('frontier: its length', perfectCount(first_leaf), frontier.length)
    if (from_seal === 1) {
      mustBe('first_leaf of an export from seal 1', 0, first_leaf)
      mustBe('previous_hash of an export from seal 1', NO_HASH, /** @type {string} */ (header.previous_hash))
    }
    this.tree = new GrowingTree(first_leaf, frontier)
    this.unsealed.first_leaf = first_leaf
    this.sealed = { seal_no: from_seal - 1, hash: /** @type {string} */ (header.previous_hash), sealed_at: '' }
    this.part = 'accounts'
  }

  /** @param {unknown} value */
  #addAccount(value) {
    must(this.part === 'accounts', 'the line', 'account lines before all others', 'an account line')
    const account = mustBeAccount(mustHave(value, ACCOUNT_LINE, '').account, 'account')
    if (this.header.from_seal === 1)
      mustBe('account.opening_sequence in an export from seal 1', 0, account.opening_sequence)
    if (account.opening_sequence === 0)
      mustBe('account.opening_balance_cents of an account without entries', 0, account.opening_balance_cents)
    this.accounts.open(account)
  }

  /** @param {unknown} value */
  #addTransaction(value) {
    const line = mustHave(value, TRANSACTION_LINE, '')
    const transaction = mustBeTransaction(line.transaction, 'transaction')
    const entries = /** @type {readonly unknown[]} */ (line.entries)
    mustBe('number of entries, two a posting', 2 * transaction.postings.length, entries.length)
    const hash = hashOfTransaction(transaction, 'transaction')
    for (const [i, posting] of transaction.postings.entries()) {
      for (const [at, side] of /** @type {const} */ ([
        [2 * i, 'DEBIT'],
        [2 * i + 1, 'CREDIT'],
      ])) {
        const what = `entries[${at}]`
        const entry = mustBeEntry(entries[at], what)
        mustBe(`${what}.transaction_hash`, hash, entry.transaction_hash)
        mustBe(`${what}.ledger_transaction_id`, transaction.ledger_transaction_id, entry.ledger_transaction_id)
        mustFollow(entry, posting, side, what)
        this.#book(entry, what)
      }
    }
    this.unsealed.version = Math.max(this.unsealed.version, transaction.version)
    this.counts.transactions += 1
  }

  /**
   * @param {import('./fields.js').Entry} entry
   * @param {string} what
   */
  #book(entry, what) {
    this.accounts.book(entry, what)
    const amount = BigInt(entry.side === 'DEBIT' ? entry.amount_cents : -entry.amount_cents)
    this.totals.set(entry.currency, (this.totals.get(entry.currency) ?? 0n) + amount)
    const leaf = leafHash(canonicalJson(entry))
    this.unsealed.leaves.update(leaf)
    this.tree.append(leaf)
    this.counts.entries += 1
  }

  /** @param {unknown} value */
  #addSeal(value) {
    const seal = mustBeSeal(mustHave(value, SEAL_LINE, '').seal, 'seal')
    const what = `seal ${this.sealed.seal_no + 1}`
    const { first_leaf, leaves, version } = this.unsealed
    mustBe(`${what}: seal_no`, this.sealed.seal_no + 1, seal.seal_no)
    mustBe(`${what}: previous_hash`, this.sealed.hash, seal.previous_hash)
    mustBe(`${what}: first_leaf`, first_leaf, seal.first_leaf)
    mustBe(`${what}: leaf_count`, this.tree.size - first_leaf, seal.leaf_count)
    mustBe(`${what}: leaves_hash (of the entries since the seal before)`, leaves.digest('hex'), seal.leaves_hash)
    mustBe(`${what}: root_hash`, hex(this.tree.root()), seal.root_hash)
    must(seal.version >= version, `${what}: version`, `${version}, as a transaction in it has`, seal.version)
    const { hash, ...fields } = seal
    mustBe(`${what}: hash`, hex(sha256(canonicalJson(fields))), hash)
    must(
      seal.sealed_at >= this.sealed.sealed_at,
      `${what}: sealed_at`,
      `${this.sealed.sealed_at} or later`,
      seal.sealed_at,
    )
    this.sealed = { seal_no: seal.seal_no, hash, sealed_at: seal.sealed_at }
    this.unsealed = { first_leaf: this.tree.size, leaves: createHash('sha256'), version: 1 }
    this.counts.seals += 1
  }

  /** @param {unknown} value */
  #addCheckpoint(value) {
    const { checkpoint: note } = mustHave(value, CHECKPOINT_LINE, '')
    const checkpoint = openCheckpoint(/** @type {string} */ (note), this.keys, 'checkpoint')
    mustBe('checkpoint: origin', this.header.origin, checkpoint.origin)
    mustBe('entries before a checkpoint that no seal covers', 0, this.tree.size - this.unsealed.first_leaf)
    mustBe('checkpoint: tree size', this.tree.size, checkpoint.size)
    mustBe('checkpoint: root', hex(this.tree.root()), hex(checkpoint.root))
    mustBe('checkpoint: seal number', this.sealed.seal_no, checkpoint.seal_no)
    mustBe('checkpoint: seal hash', this.sealed.hash, checkpoint.seal_hash)
    if (this.sealed.sealed_at !== '') mustBe('checkpoint: time', this.sealed.sealed_at, checkpoint.sealed_at)
    this.checkpoint = checkpoint
    this.counts.checkpoints += 1
  }

  /** @param {unknown} value */
  #finish(value) {
    const end = mustHave(mustHave(value, END_LINE, '').end, END_FIELDS, 'end')
    mustBe('entries before the end that no seal covers', 0, this.tree.size - this.unsealed.first_leaf)
    const { seals, transactions, entries } = this.counts
    const expected = { tree_size: this.tree.size, root_hash: hex(this.tree.root()), seals, transactions, entries }
    for (const [name, value] of Object.entries(expected)) {
      mustBe(`end.${name}`, value, /** @type {string | number} */ (end[name]))
    }
    for (const [currency, rest] of this.totals) mustBe(`debits less credits in ${currency}`, '0', String(rest))
    this.accounts.mustAllHaveEntries()
    this.part = 'ended'
  }

  /** What was proven. Broken when the export stops before its end. */
  summary() {
    must(this.part === 'ended', 'the last line', 'a line with "end"', 'the file stops before it')
    const signed = this.checkpoint === undefined ? this.header.first_leaf : this.checkpoint.size
    return {
      origin: this.header.origin,
      from_seal: this.header.from_seal,
      first_leaf: this.header.first_leaf,
      tree_size: this.tree.size,
      root_hash: hex(this.tree.root()),
      accounts: this.accounts.count,
      ...this.counts,
      entries_signed: signed - this.header.first_leaf,
      last_checkpoint: this.checkpoint === undefined ? null : summaryOf(this.checkpoint),
      warnings: [
        ...unsignedWarnings(this.tree.size - signed, this.checkpoint !== undefined),
        ...saidWarnings(this.accounts.saidCount()),
      ],
    }
  }
}

/**
 * Which line it is. Each has one of these keys.
 * @param {unknown} value
 */
function kindOf(value) {
  const names = typeof value === 'object' && value !== null ? Object.keys(value) : []
  const kind = ['account', 'transaction', 'seal', 'checkpoint', 'end'].find((name) => names.includes(name))
  must(kind !== undefined, 'the line', 'account, transaction, seal, checkpoint or end', names.join(', ') || value)
  return kind
}

/**
 * @param {number} unsigned
 * @param {boolean} hasCheckpoint
 */
function unsignedWarnings(unsigned, hasCheckpoint) {
  if (!hasCheckpoint)
    return ['it holds no checkpoint: nothing in it is signed, so all of it could have been made by anybody']
  return unsigned === 0 ? [] : [`its last ${unsigned} entries stand after the last checkpoint: they are not signed`]
}

/** @param {number} said */
function saidWarnings(said) {
  if (said === 0) return []
  const [whose, what] = said === 1 ? ['1 account has', 'its'] : [`${said} accounts have`, 'their']
  return [`${whose} one entry here, and earlier ones: ${what} normal side and opening balance are said by the bank`]
}
