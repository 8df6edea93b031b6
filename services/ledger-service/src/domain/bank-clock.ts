import { Problem } from '#libs/problem/problem.ts'
import { problems } from '../problems.ts'
import type { BankClockRow } from '../tables.ts'

const DAY_MS = 86_400_000
/** Every day that is passed over is closed, so one call moves a little more than a year at most. */
export const MAX_MOVE_MS = 400 * DAY_MS
/** From behind, a wish for about now means the wall's now: whoever asks for a moment is a little late when it is read. */
export const NOW_WITHIN_MS = 60_000

/** Where the bank clock shall stand: at a moment, or so many seconds further. Exactly one is given. */
export interface ClockWish {
  readonly to?: string
  readonly advance_s?: number
}

/** The moment that the books are at when it is `wall` in the world. */
export function bankTime({ offset_ms }: Pick<BankClockRow, 'offset_ms'>, wall: Date): Date {
  return new Date(wall.getTime() + offset_ms)
}

/** The midnight (UTC) at which a business date ends. */
export function endOf(business_date: string): Date {
  return new Date(Date.parse(business_date) + DAY_MS)
}

/** The date after a business date. */
export function dayAfter(business_date: string): string {
  return endOf(business_date).toISOString().slice(0, 10)
}

/** True on the last day of a month. */
export function isMonthEnd(business_date: string): boolean {
  return dayAfter(business_date).slice(8) === '01'
}

/** True when the books have passed the midnight of the date that they book under. */
export function isDayOver(clock: BankClockRow, wall: Date): boolean {
  return bankTime(clock, wall) >= endOf(clock.business_date)
}

/**
 * The clock after a wish to move it forward. Within the business day it stands there at once; past its midnight it is on its way. A wish made
 * on the way counts from where that leads. Problems for both, neither, backwards and too far.
 */
export function decideMove(clock: BankClockRow, wall: Date, wish: ClockWish): BankClockRow {
  const now = bankTime(clock, wall)
  const from = clock.moving_to ?? now
  const target = targetOf(from, wish)
  if (target < from)
    throw new Problem(problems.CLOCK_BACKWARDS, {
      detail:
        clock.moving_to === null
          ? `It is ${now.toISOString()} in the books already`
          : `The clock is on its way to ${from.toISOString()}`,
    })
  if (target.getTime() - now.getTime() > MAX_MOVE_MS)
    throw new Problem(problems.CLOCK_TOO_FAR, { detail: `At most ${MAX_MOVE_MS / DAY_MS} days forward in one call` })
  const joins_wall = clock.offset_ms < 0 && Math.abs(target.getTime() - wall.getTime()) <= NOW_WITHIN_MS
  return decideStep({ ...clock, moving_to: target, joins_wall }, wall)
}

/**
 * The clock one step further on its way: where it was to go, or the midnight before, where it waits until the day is closed. The way that
 * joins the wall ends at an offset of exactly zero, so that the two never differ again.
 */
export function decideStep(clock: BankClockRow, wall: Date): BankClockRow {
  if (clock.moving_to === null || isDayOver(clock, wall)) return clock
  const target = clock.joins_wall ? wall : clock.moving_to
  const midnight = endOf(clock.business_date)
  if (target < midnight) {
    const offset_ms = Math.max(target.getTime() - wall.getTime(), clock.offset_ms)
    return { ...clock, offset_ms, moving_to: null, joins_wall: false }
  }
  return { ...clock, offset_ms: midnight.getTime() - wall.getTime() }
}

function targetOf(from: Date, { to, advance_s }: ClockWish): Date {
  if ((to === undefined) === (advance_s === undefined))
    throw new Problem(problems.CLOCK_INPUT, {
      errors: [{ pointer: '/to', detail: 'give either `to` or `advance_s`, not both and not neither' }],
    })
  const target = to === undefined ? from.getTime() + (advance_s as number) * 1000 : Date.parse(to)
  if (!Number.isFinite(target))
    throw new Problem(problems.CLOCK_INPUT, { errors: [{ pointer: '/to', detail: 'must be a moment of RFC 3339' }] })
  return new Date(target)
}
