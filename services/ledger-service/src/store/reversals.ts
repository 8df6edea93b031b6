import type { Queryable } from '#libs/sql/database.ts'
import { arrayLiteral } from './array-literal.ts'

/** Which of these transactions were reversed, and by which: original → reversal. */
export async function findReversals(sql: Queryable, originals: readonly string[]): Promise<Map<string, string>> {
  const rows = await sql<{ original_id: string; reversal_id: string }[]>`
    select original_id, reversal_id from reversals where original_id = any(${arrayLiteral(originals)}::uuid[])`
  return new Map(rows.map((row) => [row.original_id, row.reversal_id]))
}
