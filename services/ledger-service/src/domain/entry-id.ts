/** The id of a transaction's entry, numbered from 1 (to 65,535 at most): the transaction's, with the number in the last four digits. */
export function entryIdOf(ledger_transaction_id: string, ordinal: number): string {
  return ledger_transaction_id.slice(0, -4) + ordinal.toString(16).padStart(4, '0')
}

/** Between which ids the transaction of an entry stands, and the entry's number in it. */
export function placeOf(entry_id: string): { first_id: string; last_id: string; ordinal: number } {
  const shared = entry_id.slice(0, -4)
  return { first_id: `${shared}0000`, last_id: `${shared}ffff`, ordinal: Number.parseInt(entry_id.slice(-4), 16) }
}
