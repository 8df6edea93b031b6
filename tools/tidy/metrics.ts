import type { MetricRow } from '#libs/telemetry/metrics.ts'
import { betweenMarks, writeOrCheck } from './page.ts'

/** The table of every metric, between the marks of `docs/telemetry.md`. */
export function renderMetrics(page: string, declared: readonly MetricRow[]): string {
  const lines = declared.map(
    ({ name, type, labels, help }) =>
      `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help.replaceAll('|', '\\|')} |`,
  )
  const table = ['| metric | type | labels | what it says |', '|---|---|---|---|', ...lines].join('\n')
  return betweenMarks(page, 'metrics', table)
}

// Under tools/launch.mjs this is no main module in Node's sense; the program that runs is the first argument either way.
if (process.argv[1] === import.meta.filename) {
  const { declaredMetrics } = await import('#platform/declared-metrics.ts')
  const declared = await declaredMetrics()
  writeOrCheck('docs/telemetry.md', (page) => renderMetrics(page, declared))
  process.exit()
}
