import { eventually } from '#libs/testing/service-test.ts'
import { serviceNames } from '../catalogue.ts'
import type { TestBank } from './open-bank.ts'

/** A row of any table of any service, its columns as texts; what is stored as bytes is read as text. */
export interface StoredRow {
  service: string
  /** With its schema, where that is not the usual one. */
  table: string
  columns: Readonly<Record<string, string>>
}

/** Every row of every table of every service's database. Only for the small databases of a test. */
export async function storedRows(bank: TestBank): Promise<StoredRow[]> {
  const rows: StoredRow[] = []
  for (const service of serviceNames) {
    const sql = bank.sql(service, 'owner')
    const tables = await sql<{ name: string; quoted: string }[]>`
      select case n.nspname when 'public' then c.relname else n.nspname || '.' || c.relname end as name,
        format('%I.%I', n.nspname, c.relname) as quoted
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p') and not c.relispartition and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
      order by 1`
    for (const { name, quoted } of tables) {
      const found = await sql.unsafe<{ row: string }[]>(`select to_jsonb(t)::text as row from ${quoted} t`)
      for (const { row } of found) rows.push({ service, table: name, columns: textsOf(JSON.parse(row)) })
    }
  }
  return rows
}

function textsOf(row: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(row)
      .filter(([, value]) => value !== null)
      .map(([column, value]) => [column, readable(typeof value === 'string' ? value : JSON.stringify(value))]),
  )
}

function readable(text: string): string {
  return /^\\x([0-9a-f]{2})*$/.test(text) ? Buffer.from(text.slice(2), 'hex').toString('utf8') : text
}

/** The wanted rows as texts, once they stay as they are: what was under way then is done. */
export async function settledRows(
  bank: TestBank,
  isWanted: (row: StoredRow, text: string) => boolean,
): Promise<string[]> {
  const look = async (): Promise<string[]> =>
    (await storedRows(bank))
      .map((row) => ({ row, text: `${row.service} ${row.table} ${JSON.stringify(row.columns)}` }))
      .filter(({ row, text }) => isWanted(row, text))
      .map(({ text }) => text)
      .toSorted()
  let before = await look()
  return eventually(async () => {
    const now = await look()
    const isQuiet = now.join() === before.join()
    before = now
    return isQuiet && now
  }, 20_000)
}
