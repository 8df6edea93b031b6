// @ts-check
import { kinds, mustBeEntry, mustBeHashes, mustBeTransaction, mustHave, shape } from './fields.js'
import { hashOfTransaction, mustBeIncluded } from './links.js'
import { openCheckpoint } from './notes.js'
import { must, mustBe } from './verdict.js'

export const RECEIPT = 'bankflow-receipt/1'

const RECEIPT_FIELDS = shape({
  format: kinds.text,
  entry: kinds.object,
  transaction: [() => true, 'an object, or null'],
  leaf_index: kinds.count,
  inclusion_proof: kinds.list,
  checkpoint: kinds.text,
})

/**
 * From the key outwards: the checkpoint is signed, the entry is in its tree, the transaction is the entry's.
 * @param {unknown} document
 * @param {readonly import('./notes.js').VerifierKey[]} keys
 */
export function checkReceipt(document, keys) {
  const receipt = mustHave(document, RECEIPT_FIELDS, '')
  const entry = mustBeEntry(receipt.entry, 'entry')
  const transaction = receipt.transaction === null ? null : mustBeTransaction(receipt.transaction, 'transaction')
  const path = mustBeHashes(receipt.inclusion_proof, 'inclusion_proof')
  const leaf_index = /** @type {number} */ (receipt.leaf_index)

  const checkpoint = openCheckpoint(/** @type {string} */ (receipt.checkpoint), keys, 'checkpoint')
  mustBeIncluded({ entry, leaf_index, path }, checkpoint, '')
  if (transaction !== null) mustMake(transaction, entry)
  return {
    entry_id: entry.entry_id,
    ledger_account_id: entry.ledger_account_id,
    side: entry.side,
    amount_cents: entry.amount_cents,
    currency: entry.currency,
    balance_cents: entry.balance_cents,
    sequence: entry.sequence,
    booked_at: entry.booked_at,
    leaf_index,
    has_transaction: transaction !== null,
    checkpoint: summaryOf(checkpoint),
  }
}

/**
 * @param {import('./fields.js').Transaction} transaction
 * @param {import('./fields.js').Entry} entry
 */
function mustMake(transaction, entry) {
  const made = hashOfTransaction(transaction, 'transaction')
  must(made === entry.transaction_hash, 'transaction: hash', `${entry.transaction_hash} (the entry's)`, made)
  mustBe('transaction.ledger_transaction_id', entry.ledger_transaction_id, transaction.ledger_transaction_id)
  const isPosted = transaction.postings.some(
    (posting) =>
      posting.amount_cents === entry.amount_cents &&
      posting.currency === entry.currency &&
      (entry.side === 'DEBIT' ? posting.debit_account_id : posting.credit_account_id) === entry.ledger_account_id,
  )
  must(isPosted, 'transaction.postings', `one that makes this ${entry.side} of ${entry.amount_cents}`, 'none')
}

/**
 * What a verdict tells of the checkpoint that it stands on.
 * @param {import('./notes.js').Checkpoint} checkpoint
 */
export function summaryOf({ origin, size, seal_no, sealed_at, business_date }) {
  return { origin, tree_size: size, seal_no, sealed_at, business_date }
}
