import { describeSettings, type Settings } from '#libs/config/settings.ts'
import { betweenMarks, writeOrCheck } from './page.ts'

/** The table of every setting, between the marks of `docs/running.md`. */
export function renderSettings(page: string, declared: readonly Settings[]): string {
  const rows = describeSettings(declared).filter((row) => !row.describe.startsWith('tests only'))
  const lines = rows.map(
    (row) => `| \`${row.env}\` | ${row.describe} | ${row.default} | ${row.allowed.replaceAll('|', '\\|')} |`,
  )
  const table = ['| variable | sets | default | allowed |', '|---|---|---|---|', ...lines].join('\n')
  return betweenMarks(page, 'settings', table)
}

// Under tools/launch.mjs this is no main module in Node's sense; the program that runs is the first argument either way.
if (process.argv[1] === import.meta.filename) {
  const { allSettings } = await import('#platform/settings.ts')
  writeOrCheck('docs/running.md', (page) => renderSettings(page, allSettings()))
}
