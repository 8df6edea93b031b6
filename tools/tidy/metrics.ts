import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MetricRow } from '#libs/telemetry/metrics.ts'

const START = '<!-- metrics -->'
const END = '<!-- /metrics -->'

/** The table of every metric, between the marks of `docs/telemetry.md`. */
export function renderMetrics(page: string, declared: readonly MetricRow[]): string {
  const lines = declared.map(
    ({ name, type, labels, help }) =>
      `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help.replaceAll('|', '\\|')} |`,
  )
  const table = ['| metric | type | labels | what it says |', '|---|---|---|---|', ...lines].join('\n')
  const [before, rest] = page.split(START)
  const after = rest?.split(END)[1]
  if (before === undefined || after === undefined) throw new Error(`the page has no marks ${START} and ${END}`)
  return `${before}${START}\n${table}\n${END}${after}`
}

// Under tools/launch.mjs this is no main module in Node's sense; the program that runs is the first argument either way.
if (process.argv[1] === import.meta.filename) {
  const file = join(import.meta.dirname, '../../docs/telemetry.md')
  const { declaredMetrics } = await import('#platform/declared-metrics.ts')
  const page = readFileSync(file, 'utf8')
  const text = renderMetrics(page, await declaredMetrics())
  const isCurrent = page === text
  if (process.argv.includes('--write')) writeFileSync(file, text)
  else if (!isCurrent) process.exitCode = 1
  const verdict = process.exitCode === 1 ? 'docs/telemetry.md is stale: --write' : 'written'
  console.log(isCurrent ? 'docs/telemetry.md is up to date' : verdict)
  process.exit()
}
