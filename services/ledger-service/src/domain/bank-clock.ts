import { Problem } from '#libs/problem/problem.ts'
import { problems } from '../problems.ts'

const DAY_MS = 86_400_000
/** Partitions are made for every month that is passed over, so one call moves a little more than a year at most. */
export const MAX_MOVE_MS = 400 * DAY_MS

/** Where the bank clock shall stand: at a moment, or so many seconds further. Exactly one is given. */
export interface ClockWish {
  readonly to?: string
  readonly advance_s?: number
}

/** The moment that the wish asks for, from where the bank clock stands now; Problems for both, neither, backwards and too far. */
export function decideMove(bankNow: Date, { to, advance_s }: ClockWish): Date {
  if ((to === undefined) === (advance_s === undefined))
    throw new Problem(problems.CLOCK_INPUT, {
      errors: [{ pointer: '/to', detail: 'give either `to` or `advance_s`, not both and not neither' }],
    })
  const target = to === undefined ? bankNow.getTime() + (advance_s as number) * 1000 : Date.parse(to)
  if (!Number.isFinite(target))
    throw new Problem(problems.CLOCK_INPUT, { errors: [{ pointer: '/to', detail: 'must be a moment of RFC 3339' }] })
  if (target < bankNow.getTime())
    throw new Problem(problems.CLOCK_BACKWARDS, { detail: `It is ${bankNow.toISOString()} in the books already` })
  if (target - bankNow.getTime() > MAX_MOVE_MS)
    throw new Problem(problems.CLOCK_TOO_FAR, { detail: `At most ${MAX_MOVE_MS / DAY_MS} days forward in one call` })
  return new Date(target)
}
