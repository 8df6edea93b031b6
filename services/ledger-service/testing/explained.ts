import type { Queryable } from '#libs/sql/database.ts'

/** One table or index that a statement went through. */
export interface Visit {
  /** How, like `Index Scan`. */
  readonly way: string
  readonly relation: string
  /** Rows that it gave or threw away. */
  readonly rows: number
  readonly line: string
}

/** What a statement did. */
export interface Explained {
  readonly statement: string
  readonly visits: readonly Visit[]
  readonly plan: string
}

const WRITES = /^\s*(insert|update|delete)\b|\)\s+insert into\b/i
/** What a bitmap leads to is counted where it is read: an index of ranges of pages tells none of its rows. */
const NODE =
  /(?<!Bitmap )(Seq Scan|Index Scan|Index Only Scan|Bitmap Heap Scan|Tid Scan)(?: Backward)?(?: using \w+)? on (\w+).*?\((?:.*?rows=([\d.]+) loops=(\d+)|never executed|cost=.*)\)/
const REMOVED = /Rows Removed by \w+(?: \w+)?: (\d+)/

/** The same connection; every statement is explained (and, unless it writes, run for it) before it is run, and told to `told`. */
export function explaining(sql: Queryable, told: (explained: Explained) => void): Queryable {
  return new Proxy(sql, {
    apply(real, self, [strings, ...values]: [TemplateStringsArray, ...never[]]) {
      const query = Reflect.apply(real, self, [strings, ...values])
      if (!Array.isArray(strings) || !('raw' in strings)) return query
      // A part of another statement is never waited for.
      const run = async () => {
        const how = WRITES.test(strings.join('')) ? sql`` : sql`analyze, timing off, summary off,`
        const lines = await sql<Record<string, string>[]>`explain (${how} costs off) ${query}`
        const plan = lines.map((line) => line['QUERY PLAN'] ?? '')
        told({ statement: strings.join('…').trim(), visits: visitsIn(plan), plan: plan.join('\n') })
        return sql`${query}`
      }
      // It is run when it is waited for, as before.
      Object.defineProperty(query, 'then', {
        value: (ok: (rows: unknown) => unknown, failed: (error: unknown) => unknown) => run().then(ok, failed),
      })
      return query
    },
  })
}

/** What was gone through; what the plan has but was never needed is left out. */
function visitsIn(plan: readonly string[]): Visit[] {
  const visits: { way: string; relation: string; rows: number; line: string; loops: number }[] = []
  for (const line of plan) {
    const [, way = '', relation = '', rows, loops] = NODE.exec(line) ?? []
    if (way !== '')
      visits.push({
        way,
        relation,
        rows: Number(rows ?? 0) * Number(loops ?? 0),
        line: line.trim(),
        loops: Number(loops ?? 0),
      })
    const removed = REMOVED.exec(line)?.[1]
    const last = visits.at(-1)
    if (removed !== undefined && last !== undefined) last.rows += Number(removed) * last.loops
  }
  return visits.filter((visit) => !visit.line.includes('never executed'))
}
