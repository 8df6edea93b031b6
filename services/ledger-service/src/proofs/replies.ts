import { type EntryFields, entryFields, type SealedTransaction, type SealVersion, transactionFields } from './texts.ts'

/** An entry of a transaction as the contract answers a leaf. */
export function entryReply(transaction: SealedTransaction, ordinal: number, sealed: SealVersion) {
  return leafReply(entryFields(transaction, sealed)[ordinal - 1] as EntryFields)
}

/** A leaf with money as the bank's code has it. */
export function leafReply(entry: EntryFields) {
  return { ...entry, amount_cents: BigInt(entry.amount_cents), balance_cents: BigInt(entry.balance_cents) }
}

/** A transaction as the contract answers what its hash is taken of. */
export function transactionReply(transaction: SealedTransaction, sealed: SealVersion) {
  const { postings, metadata, ...fields } = transactionFields(transaction, sealed)
  return {
    ...fields,
    metadata: metadata as Record<string, string> | null,
    postings: postings.map((posting) => ({ ...posting, amount_cents: BigInt(posting.amount_cents) })),
  }
}
