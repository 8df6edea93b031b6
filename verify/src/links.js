// @ts-check
// The links that several documents share: from a signed checkpoint to an entry, from an entry to its transaction.
import { hex, leafHash, pathLength, rootOfPath, sha256 } from './hashing.js'
import { canonicalJson } from './json.js'
import { must, mustBe } from './verdict.js'

/**
 * @typedef {import('./fields.js').Entry} Entry
 * @typedef {import('./fields.js').Transaction} Transaction
 */

/**
 * The entry is the leaf that it says to be in the checkpoint's tree.
 * @param {{ entry: Entry, leaf_index: number, path: readonly Buffer[] }} claim
 * @param {import('./notes.js').Checkpoint} checkpoint
 * @param {string} at path of the object that holds them, with its dot, or empty
 */
export function mustBeIncluded({ entry, leaf_index, path }, { size, root }, at) {
  must(leaf_index < size, `${at}leaf_index`, `below the checkpoint's tree size, ${size}`, leaf_index)
  const length = pathLength(leaf_index, size)
  must(path.length === length, `${at}inclusion_proof: its length`, length, path.length)
  const made = rootOfPath({ leaf: leafHash(canonicalJson(entry)), index: leaf_index, size, path })
  const what = `${at}inclusion_proof: root of this entry at leaf ${leaf_index} of ${size}`
  must(made.equals(root), what, hex(root), hex(made))
}

/**
 * The hash by which entries name a transaction.
 * @param {Transaction} transaction
 * @param {string} what
 */
export function hashOfTransaction(transaction, what) {
  try {
    return hex(sha256(canonicalJson(transaction)))
  } catch (error) {
    must(false, what, 'only whole numbers and Unicode texts in it', /** @type {Error} */ (error).message)
    throw error
  }
}

/**
 * The entry is one that a posting of its transaction makes, on this side.
 * @param {Entry} entry
 * @param {import('./fields.js').Posting} posting
 * @param {'DEBIT' | 'CREDIT'} side
 * @param {string} what
 */
export function mustFollow(entry, posting, side, what) {
  mustBe(`${what}.side`, side, entry.side)
  const account = side === 'DEBIT' ? posting.debit_account_id : posting.credit_account_id
  mustBe(`${what}.ledger_account_id`, account, entry.ledger_account_id)
  mustBe(`${what}.amount_cents`, posting.amount_cents, entry.amount_cents)
  mustBe(`${what}.currency`, posting.currency, entry.currency)
}
