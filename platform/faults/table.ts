import type { Outcome } from './drill.ts'

/** A story that was begun when the fault was over already is marked. */
const STORIES = 'stories told (times until they passed)'
const AFTER_IT = ' after it'

const HEAD = [
  'fault',
  'lasted s',
  'seconds until writes succeed again',
  'longest wait of a customer s',
  'requests failed',
  'of',
  'transfers completed',
  'failed (why)',
  'seconds after its end until all had ended',
  'dead letters replayed',
  STORIES,
  'money lost',
] as const

/** Columns of words; the others are numbers. */
const WORDS: ReadonlySet<string> = new Set(['fault', 'failed (why)', STORIES])

/** The table of faults in Markdown. Seconds until writes succeed again: the longest time without one confirmed write, from the beginning of the fault on. */
export function tableOf(outcomes: readonly Outcome[]): string {
  const head = [HEAD, HEAD.map((name) => (WORDS.has(name) ? '---' : '---:'))].map(lineOf)
  return [...head, ...outcomes.map(rowOf)].join('\n')
}

/** One row of it. */
export function rowOf({ fault, lasted_s, felt, settled_s, told, verdict }: Outcome): string {
  const failures = Object.entries(verdict.failures).map(([code, count]) => `${count} ${code}`)
  return lineOf([
    fault,
    lasted_s.toFixed(1),
    felt.pause_s.toFixed(1),
    felt.longest_wait_s.toFixed(1),
    String(felt.failed),
    String(felt.requests),
    String(verdict.completed),
    failures.length === 0 ? '0' : failures.join(', '),
    settled_s.toFixed(1),
    String(verdict.replayed),
    told.map(({ name, tries, isUnderFault }) => `${name}${isUnderFault ? '' : AFTER_IT} (${tries})`).join(', '),
    verdict.violations.length === 0 ? '0' : `${verdict.lost_cents} cents; ${verdict.violations.length} violations`,
  ])
}

function lineOf(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}
