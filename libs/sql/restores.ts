import type { Queryable } from './database.ts'

/** True when this database was restored and not yet compared with the others: nobody should be sent here. */
export async function isUnreconciled(sql: Queryable): Promise<boolean> {
  const [row] = await sql<{ waits: boolean }[]>`
    select exists (select from restores where reconciled_at is null) as waits`
  return row?.waits === true
}
