import type { Sql } from '#libs/sql/database.ts'

/** Rows that are compared at once, across two databases. */
export const AT_ONCE = 5_000
/** Before every id. */
export const FIRST = '00000000-0000-0000-0000-000000000000'

/** The id before those that were made since then; ids carry the time (UUIDv7). */
export async function idsSince(sql: Sql, since: Date): Promise<string> {
  const [floor] = await sql<{ id: string }[]>`select uuid_floor(${since})::text as id`
  return floor?.id ?? FIRST
}

/** Rows after an id in the order of their ids, page by page until one is not full; `read` answers at most `limit` rows after the last. */
export async function* pagesAfter<Row extends { id: string }>(
  first: string,
  read: (last: string, limit: number) => Promise<readonly Row[]>,
): AsyncGenerator<readonly Row[]> {
  for (let last = first; ; ) {
    const rows = await read(last, AT_ONCE)
    if (rows.length > 0) yield rows
    if (rows.length < AT_ONCE) return
    last = (rows.at(-1) as Row).id
  }
}
