import type { Db } from 'pg-boss'
import { decode } from '#libs/json/json.ts'
import type { Database, Sql, Tx } from '#libs/sql/database.ts'

const WRAPPED = /^\s*BEGIN;([\s\S]*)COMMIT;\s*$/

/** Our pool as pg-boss sees it. What it wraps in BEGIN and COMMIT becomes a transaction of ours, on one connection. */
export function bossDatabase(database: Pick<Database, 'app' | 'transact'>): Db {
  return {
    executeSql(text, values) {
      const wrapped = WRAPPED.exec(text)
      if (wrapped === null) return execute(database.app, text, values)
      return database.transact((tx) => execute(tx, wrapped[1] as string, values))
    },
  }
}

/** A transaction of ours as pg-boss sees it: a job enqueued over it exists if, and only if, the transaction commits. */
export function transactionDatabase(tx: Tx): Db {
  return { executeSql: (text, values) => execute(tx, text, values) }
}

async function execute(sql: Sql | Tx, text: string, values: unknown[] = []): Promise<{ rows: never[] }> {
  // biome-ignore lint/suspicious/noExplicitAny: postgres.js types its parameters more narrowly than pg-boss its values
  const result: unknown = await sql.unsafe(text, values.map(asParameter) as any[])
  // Several statements answer several results, of which pg-boss wants the rows.
  const results = Array.isArray(result) && Array.isArray(result[0]) ? (result as unknown[][]) : [result as unknown[]]
  return { rows: results.flatMap((rows) => [...rows]) as never[] }
}

/** pg-boss hands over JSON documents as text; our driver writes JSON itself and would quote that text once more. */
function asParameter(value: unknown): unknown {
  return typeof value === 'string' && /^[[{]/.test(value) ? decode(value) : value
}
