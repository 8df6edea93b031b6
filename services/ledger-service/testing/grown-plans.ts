import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { libraryMigrations } from '#libs/service/migrations.ts'
import { openPool, type Queryable, type Sql } from '#libs/sql/database.ts'
import { migrationsIn } from '#libs/sql/migrate.ts'
import { createTestDatabase } from '#libs/testing/databases.ts'
import { type Explained, explaining } from './explained.ts'
import { type GrownBooks, growBooks } from './grown-books.ts'

const MIGRATIONS = fileURLToPath(new URL('../migrations', import.meta.url))
/** A table with fewer rows is read as a whole by whoever is in his senses. */
const SMALL = 500

/** Books that grew for months, and what a statement goes through in them. */
export interface GrownPlans {
  readonly owner: Sql
  readonly app: Sql
  readonly books: GrownBooks
  /** Runs `work`, undone afterwards, and fails where a statement of it read a large table as a whole, or more rows than it may. */
  within(most_rows: number, work: (sql: Queryable) => Promise<unknown>): Promise<readonly Explained[]>
  /** What statements go through where they may read a table as a whole. */
  explained(work: (sql: Queryable) => Promise<unknown>): Promise<readonly Explained[]>
  end(): Promise<void>
}

export async function openGrownPlans(): Promise<GrownPlans> {
  const stored = await createTestDatabase('ledger-service', await migrationsIn([...libraryMigrations, MIGRATIONS]))
  const owner = openPool(stored.as('owner'), { name: 'test-owner', max: 1, statementTimeoutMs: 120_000 })
  const app = openPool(stored.as('app'), { name: 'test-app', max: 1, statementTimeoutMs: 120_000 })
  const books = await growBooks({ owner, app })
  const rows = await owner<{ relname: string; tuples: number }[]>`
    select relname, reltuples::float8 as tuples from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`
  const sizes = new Map(rows.map((row) => [row.relname, row.tuples]))
  return {
    owner,
    app,
    books,
    within: async (most_rows, work) => {
      const told = await explained(app, work)
      for (const one of told) checkVisits(one, most_rows, sizes)
      return told
    },
    explained: (work) => explained(app, work),
    end: async () => {
      await Promise.all([owner.end({ timeout: 1 }), app.end({ timeout: 1 })])
      await stored.drop()
    },
  }
}

async function explained(app: Sql, work: (sql: Queryable) => Promise<unknown>): Promise<Explained[]> {
  const told: Explained[] = []
  const undone = new Error('undone')
  const running = app.begin(async (tx) => {
    await work(explaining(tx, (one) => told.push(one)))
    throw undone
  })
  await assert.rejects(running, (error: unknown) => {
    if (error !== undone) throw error
    return true
  })
  assert.ok(told.length > 0)
  return told
}

function checkVisits(
  { visits, statement, plan }: Explained,
  most_rows: number,
  sizes: ReadonlyMap<string, number>,
): void {
  const whole = visits.filter(({ way, relation }) => way === 'Seq Scan' && (sizes.get(relation) ?? 0) > SMALL)
  assert.deepEqual(whole, [], `reads a table as a whole: ${statement}\n${plan}`)
  const rows = rowsOf(visits)
  assert.ok(rows <= most_rows, `${rows} rows, ${most_rows} would do: ${statement}\n${plan}`)
}

/** Rows that were given or thrown away. */
export function rowsOf(visits: Explained['visits']): number {
  return visits.reduce((sum, visit) => sum + visit.rows, 0)
}

/** Months of entries that statements went into. */
export function monthsIn(told: readonly Explained[]): string[] {
  const relations = told.flatMap(({ visits }) => visits.map(({ relation }) => relation))
  return [...new Set(relations.filter((relation) => /^entries_\d/.test(relation)))].sort()
}

/** How often statements looked into months of entries, with or without finding something. */
export function looksIn(told: readonly Explained[]): number {
  const looks = told.flatMap(({ plan }) => [...plan.matchAll(/ on entries_\d.*loops=(\d+)/g)])
  return looks.reduce((sum, [, loops]) => sum + Number(loops), 0)
}
