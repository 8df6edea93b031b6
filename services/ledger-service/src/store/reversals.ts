import type { Queryable } from '#libs/sql/database.ts'
import type { BookedTransaction } from '../domain/core.ts'
import type { JournalRow } from '../tables.ts'
import { arrayLiteral } from './array-literal.ts'
import { postingsOf } from './journal.ts'

/** Which of these transactions were reversed, and by which: original → reversal. */
export async function findReversals(sql: Queryable, originals: readonly string[]): Promise<Map<string, string>> {
  const rows = await sql<{ original_id: string; reversal_id: string }[]>`
    select original_id, reversal_id from reversals where original_id = any(${arrayLiteral(originals)}::uuid[])`
  return new Map(rows.map((row) => [row.original_id, row.reversal_id]))
}

/** Transactions of the journal as their reversals must know them, by id. */
export function bookedTransactions(
  originals: readonly JournalRow[],
  reversals: ReadonlyMap<string, string>,
): Map<string, BookedTransaction> {
  return new Map(
    originals.map((row) => [
      row.ledger_transaction_id,
      {
        currency: row.currency,
        postings: postingsOf(row),
        reversal_of: row.reversal_of,
        reversed_by: reversals.get(row.ledger_transaction_id) ?? null,
      },
    ]),
  )
}
