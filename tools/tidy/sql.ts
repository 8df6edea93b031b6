import type { Tree } from './tree.ts'

const MONEY_WORD =
  /(^|_)(amount|balance|fee|principal|overdraft|price|total|debit|credit|floor|limit|interest|available)(_|$)/
/** Endings that say a number is no money: a count, a rate, a time, an id, a version. */
const NO_MONEY = /_(cents|hundredths|ppm|count|id|at|days|s|ms|rate|number|seq|position|version)$|^(is|has)_/
const NUMBER = '(bigint|int8|integer|int4|int|smallint|numeric|decimal|money|real|double precision|float8?)'
const COLUMN = new RegExp(
  `^\\s*(?:alter table \\S+ )?(?:add column )?(?:if not exists )?([a-z_]+)\\s+${NUMBER}\\b`,
  'i',
)

/** Money columns that do not end in `_cents`, and `_cents` columns that are not whole 64-bit numbers. */
export function moneyColumns(tree: Tree): string[] {
  return migrations(tree).flatMap(([path, line, number]) => {
    const [, column = '', type = ''] = COLUMN.exec(line) ?? []
    if (column.endsWith('_cents') && !/^(bigint|int8)$/i.test(type))
      return [`${path}:${number}: make ${column} a bigint, not ${type}`]
    return MONEY_WORD.test(column) && !NO_MONEY.test(column)
      ? [`${path}:${number}: end ${column} in _cents, or in what it counts if it is no money`]
      : []
  })
}

/** Queries outside operations, reactions, jobs and store: nobody would look for SQL there. */
export function strayQueries(tree: Tree): string[] {
  const query = /\b(tx|sql|reader|database)(<[^`]*>)?`/
  return [...tree].flatMap(([path, text]) => {
    const [, room] = /^services\/[^/]+\/src\/(.+)$/.exec(path) ?? []
    if (room === undefined || /^(operations|reactions|jobs|store)\/|\.test\.ts$/.test(room)) return []
    return query.test(text)
      ? [`${path}: move the query ${query.exec(text)?.[0]} to operations, reactions, jobs or store`]
      : []
  })
}

function migrations(tree: Tree): [path: string, line: string, number: number][] {
  return [...tree]
    .filter(([path]) => path.endsWith('.sql'))
    .flatMap(([path, text]) => text.split('\n').map((line, i): [string, string, number] => [path, line, i + 1]))
}
