import { inspect } from 'node:util'
import type { Played } from './play.ts'

/** How to play the same again. */
export interface Replay {
  readonly seed: string
  readonly steps: string
  readonly piece: string
  readonly mutation: string | undefined
}

/** What a person reads at the end: what was done, and of a failure all that is needed to find it. */
export function report(played: Played, { seed, steps, piece, mutation }: Replay): string[] {
  const { failure, last, counts, warnings, circles } = played
  const rate = Math.round(played.steps / played.seconds)
  const done = [...counts].map(([kind, count]) => `${count} ${kind}`).join(', ')
  const figures = [
    `${played.steps} steps in ${played.seconds.toFixed(1)} s (${rate} a second, ${played.cpu_seconds.toFixed(1)} s of CPU), ${played.commits} commits: ${done}`,
    `trace ${played.trace}, books ${played.books}`,
    ...circles.map((texts) => `a circle was broken: ${texts.map((text) => text.slice(0, 120)).join(' | ')}`),
    ...[...warnings].map(([line, count]) => `${count} × ${line.split('\n', 1)[0]}`),
  ]
  if (failure === undefined) return [...figures, 'everything held']
  const rows = 'rows' in failure ? inspect(failure.rows, { depth: 6 }) : failure.stack
  const planted = mutation === undefined ? '' : ` --mutation ${mutation}`
  return [
    ...figures,
    `the last ${last.length} decisions:`,
    ...last.map((line) => `  ${line}`),
    `BROKEN at step ${played.steps}: ${failure.message}`,
    ...String(rows)
      .split('\n')
      .map((line) => `  ${line}`),
    `again: npm run simulate -- --seed ${seed} --steps ${steps}${piece === 'ledger' ? '' : ` --piece ${piece}`}${planted}`,
  ]
}
