import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Outcome } from './drill.ts'
import { rowOf } from './table.ts'

const START = '<!-- faults -->'
const END = '<!-- /faults -->'
const PAGE = join(import.meta.dirname, '../../docs/faults.md')

/** Puts what a fault did into the table between the marks of docs/faults.md, for its last row or as a new one: a full run takes hours, and may be done in parts. */
export function keepRow(outcome: Outcome, page: string = PAGE): void {
  const text = readFileSync(page, 'utf8')
  const [before, rest] = text.split(START)
  const [table, after] = rest?.split(END) ?? []
  if (before === undefined || table === undefined || after === undefined)
    throw new Error(`${page} has no marks ${START} and ${END}`)
  const rows = table.trim().split('\n')
  const known = rows.findIndex((row) => row.startsWith(`| ${outcome.fault} |`))
  rows.splice(known < 0 ? rows.length : known, known < 0 ? 0 : 1, rowOf(outcome))
  writeFileSync(page, `${before}${START}\n${rows.join('\n')}\n${END}${after}`)
}
