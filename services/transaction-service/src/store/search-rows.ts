import type { Id } from '#libs/ids/ids.ts'
import type { Tx } from '#libs/sql/database.ts'
import type { NewTransaction } from '../domain/beginnings.ts'
import { wordsOf } from '../domain/words.ts'
import type { TransactionRow } from '../tables.ts'

/** A side of a new transaction as the search finds it; the words of its reference come with the reference. */
interface SearchRow {
  account_id: Id
  transaction_id: Id
  value_date: string
  words: string[]
}

/** One row for each account of a new transaction. */
export function searchRowsOf(row: NewTransaction): SearchRow[] {
  const { transaction_id, value_date, description, external_reference } = row
  const words = wordsOf(description, external_reference)
  return [row.source_account_id, row.destination_account_id]
    .filter((account_id) => account_id !== null)
    .map((account_id) => ({ account_id, transaction_id, value_date, words }))
}

/** Few transactions are booked on another day than they began on (over midnight); only those are written again. */
export async function moveSearchDays(
  tx: Tx,
  before: readonly TransactionRow[],
  changed: ReadonlyMap<Id, TransactionRow>,
): Promise<void> {
  const moved = before.flatMap((row) => {
    const after = changed.get(row.transaction_id)
    return after === undefined || after.value_date === row.value_date ? [] : [after]
  })
  if (moved.length === 0) return
  await tx`
    update transaction_search s set value_date = t.value_date
    from unnest(${moved.map((row) => row.transaction_id)}::uuid[], ${moved.map((row) => row.value_date)}::text[]::date[])
      as t (transaction_id, value_date)
    where s.transaction_id = t.transaction_id
      and s.account_id = any(${moved.flatMap((row) => [row.source_account_id, row.destination_account_id].filter((id) => id !== null))}::uuid[])`
}
