/** What a shard's process tells the runner, one JSON line each. */
export type ShardEvent =
  | { readonly kind: 'started'; readonly file: string; readonly name: string }
  | { readonly kind: 'warning'; readonly text: string }
  | { readonly kind: 'ended' }
  | FinishedEvent

/** A test or suite that ended. `is_file` marks node:test's own row for a file that defines no test or cannot load. */
export type FinishedEvent = {
  readonly kind: 'finished'
  readonly file: string
  readonly name: string
  readonly is_file: boolean
  readonly is_counted: boolean
  readonly is_top: boolean
  readonly duration_ms: number
  readonly outcome: 'passed' | 'failed' | 'skipped'
  readonly error?: string
  readonly reason?: string
}

/** The result of a run so far: counts of tests, what failed and what was skipped, and the seconds of each file. */
export type Tally = {
  passed: number
  readonly failures: { readonly file: string; readonly name: string; readonly error: string }[]
  readonly skips: { readonly file: string; readonly name: string; readonly reason: string }[]
  readonly file_ms: Map<string, number>
}

export function newTally(): Tally {
  return { passed: 0, failures: [], skips: [], file_ms: new Map() }
}

/** Adds a finished test. A file that defines no test guarantees nothing and counts as failed. */
export function count(tally: Tally, event: FinishedEvent): void {
  const { file, name } = event
  if (event.is_top) tally.file_ms.set(file, (tally.file_ms.get(file) ?? 0) + event.duration_ms)
  if (!event.is_counted) return
  if (event.outcome === 'failed') tally.failures.push({ file, name, error: event.error ?? 'no error was given' })
  else if (event.is_file) tally.failures.push({ file, name, error: 'the file defines no test' })
  else if (event.outcome === 'skipped') tally.skips.push({ file, name, reason: event.reason ?? 'without a reason' })
  else tally.passed += 1
}

/** The run's last line, `N passed, N failed`, with `, N skipped` after it when there are any. */
export function closingLine(tally: Tally): string {
  const skipped = tally.skips.length === 0 ? '' : `, ${tally.skips.length} skipped`
  return `${tally.passed} passed, ${tally.failures.length} failed${skipped}`
}

/** Reasons that start so name another kind of machine (root or not, Windows, an older Node): nothing is missing here that could be installed. */
const ELSEWHERE = 'elsewhere: '

/** Whether the run is good: something passed, nothing failed, and nothing was skipped for want of a part where all is required. */
export function isGood(tally: Tally, options: { readonly require_all: boolean }): boolean {
  return (
    tally.passed > 0 &&
    tally.failures.length === 0 &&
    !(options.require_all && tally.skips.some((skip) => !skip.reason.startsWith(ELSEWHERE)))
  )
}
