/** How long a sign-in stays refused after so many failures in a row (OWASP Authentication Cheat Sheet: lockout that grows). */
const STAGES: readonly { readonly failures: number; readonly lock_s: number }[] = [
  { failures: 20, lock_s: 86_400 },
  { failures: 10, lock_s: 900 },
  { failures: 5, lock_s: 60 },
]
/** From each fifth failure on a lock begins; between, a person who mistypes may go on. */
const STEP = 5
/** Wrong codes that a one-time code or a challenge bears. */
export const CODE_TRIES = 5
/** Wrong mailed codes that an address bears in all within the window, however many new codes are asked for. */
export const CODE_FAILURES = 100
export const CODE_FAILURES_WINDOW_S = 30 * 86_400

/** What becomes of the counter after one more failure: the new count, and until when nobody may try, or null. */
export function afterFailure(failures: number, now: Date): { failures: number; locked_until: Date | null } {
  const count = failures + 1
  const stage = count % STEP === 0 ? STAGES.find((one) => count >= one.failures) : undefined
  return { failures: count, locked_until: stage === undefined ? null : secondsAfter(now, stage.lock_s) }
}

/** True while a lock stands. */
export function isLocked(attempts: { locked_until: Date | null } | undefined, now: Date): boolean {
  return attempts?.locked_until != null && attempts.locked_until > now
}

/** A moment that many seconds later. */
export function secondsAfter(moment: Date, seconds: number): Date {
  return new Date(moment.getTime() + seconds * 1000)
}

/** Whole seconds from `now` until a moment, at least 1: what `retry-after` says. */
export function secondsUntil(moment: Date, now: Date): number {
  return Math.max(1, Math.ceil((moment.getTime() - now.getTime()) / 1000))
}
