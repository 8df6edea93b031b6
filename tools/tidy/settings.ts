import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeSettings, type Settings } from '#libs/config/settings.ts'

const START = '<!-- settings -->'
const END = '<!-- /settings -->'

/** The table of every setting, between the marks of `docs/running.md`. */
export function renderSettings(page: string, declared: readonly Settings[]): string {
  const rows = describeSettings(declared).filter((row) => !row.describe.startsWith('tests only'))
  const lines = rows.map(
    (row) => `| \`${row.env}\` | ${row.describe} | ${row.default} | ${row.allowed.replaceAll('|', '\\|')} |`,
  )
  const table = ['| variable | sets | default | allowed |', '|---|---|---|---|', ...lines].join('\n')
  const [before, rest] = page.split(START)
  const after = rest?.split(END)[1]
  if (before === undefined || after === undefined) throw new Error(`the page has no marks ${START} and ${END}`)
  return `${before}${START}\n${table}\n${END}${after}`
}

// Under tools/launch.mjs this is no main module in Node's sense; the program that runs is the first argument either way.
if (process.argv[1] === import.meta.filename) {
  const file = join(import.meta.dirname, '../../docs/running.md')
  const { allSettings } = await import('#platform/settings.ts')
  const page = readFileSync(file, 'utf8')
  const text = renderSettings(page, allSettings())
  const isCurrent = page === text
  if (process.argv.includes('--write')) writeFileSync(file, text)
  else if (!isCurrent) process.exitCode = 1
  const verdict = process.exitCode === 1 ? 'docs/running.md is stale: --write' : 'written'
  console.log(isCurrent ? 'docs/running.md is up to date' : verdict)
}
