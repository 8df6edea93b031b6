/**
 * The two clocks of the bank. `wall` is the real time: tokens, lockout, retries, audit. `bank` is the time of the books: booking and
 * business date, value dates, schedules, interest. They differ only where a sandbox moved the bank's clock forward.
 */
export interface Clock {
  wall: WallClock
  bank: BankClock
}

export interface WallClock {
  now(): Date
}

export interface BankClock {
  now(): Date
  /** The date that business is booked under, `YYYY-MM-DD` (UTC). */
  businessDate(): string
}

/** The real time. */
export const wallClock: WallClock = { now: () => new Date() }

/** A bank clock that runs `offsetMs()` ahead of the wall. The offset is read at each question, so that a moved clock moves at once. */
export function bankClock(wall: WallClock, offsetMs: () => number): BankClock {
  const now = (): Date => new Date(wall.now().getTime() + offsetMs())
  return { now, businessDate: () => isoDate(now()) }
}

/** Both clocks on the real time: what a service starts with before it hears of the bank's own. */
export function realClock(): Clock {
  return { wall: wallClock, bank: bankClock(wallClock, () => 0) }
}

/** `YYYY-MM-DD` of a moment in UTC. */
export function isoDate(moment: Date): string {
  return moment.toISOString().slice(0, 10)
}
