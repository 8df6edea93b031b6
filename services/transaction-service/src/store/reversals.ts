import type { Id } from '#libs/ids/ids.ts'
import type { Queryable } from '#libs/sql/database.ts'
import type { TransactionRow } from '../tables.ts'

/** What a reversal undoes, and why. */
export interface Reversal {
  transaction_id: Id
  reversal_of: Id
  reason_code: string
  /** How the ledger knows what is undone. */
  ledger_transaction_id: Id
}

/** What the reversals among some transactions undo, by the id of the reversal. */
export async function reversalsIn(sql: Queryable, rows: readonly TransactionRow[]): Promise<Map<Id, Reversal>> {
  const ids = rows.filter((row) => row.reversal_of !== null).map((row) => row.transaction_id)
  if (ids.length === 0) return new Map()
  const found = await sql<Reversal[]>`
    select r.transaction_id, r.reversal_of, r.reason_code, t.ledger_transaction_id
    from reversals r join transactions t on t.transaction_id = r.reversal_of
    where r.transaction_id = any(${ids}::uuid[])`
  return new Map(found.map((reversal) => [reversal.transaction_id, reversal]))
}
