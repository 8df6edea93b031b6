import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Outcome } from './drill.ts'
import { tableOf } from './table.ts'

const START = '<!-- faults -->'
const END = '<!-- /faults -->'
const PAGE = join(import.meta.dirname, '../../docs/faults.md')

/** Puts the table of a full run between the marks of docs/faults.md. */
export function writeReport(outcomes: readonly Outcome[], page: string = PAGE): void {
  const text = readFileSync(page, 'utf8')
  const [before, rest] = text.split(START)
  const after = rest?.split(END)[1]
  if (before === undefined || after === undefined) throw new Error(`${page} has no marks ${START} and ${END}`)
  writeFileSync(page, `${before}${START}\n${tableOf(outcomes)}\n${END}${after}`)
}
