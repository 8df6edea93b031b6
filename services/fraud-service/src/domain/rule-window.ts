import { Problem, platformProblems } from '#libs/problem/problem.ts'
import { problems } from '../problems.ts'
import type { RuleRow } from '../tables.ts'

/** A velocity needs a window to be one; any other measure has none, and one given there would promise what is not done. */
export function checkWindow({ measure, window_s }: Pick<RuleRow, 'measure' | 'window_s'>): void {
  const needsWindow = measure === 'VELOCITY_COUNT' || measure === 'VELOCITY_AMOUNT'
  if (needsWindow && window_s === 0)
    throw new Problem(problems.RULE_WINDOW_REQUIRED, { errors: [{ pointer: '/window_s', detail: 'must be above 0' }] })
  if (!needsWindow && window_s !== 0) {
    const errors = [{ pointer: '/window_s', detail: `must be 0 for ${measure}` }]
    throw new Problem(platformProblems.VALIDATION_FAILED, { errors })
  }
}
