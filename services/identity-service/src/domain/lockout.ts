/** How a sign-in stands after failures in a row, the harder the later. */
export type SignInState = 'open' | 'slowed' | 'challenge' | 'temporary' | 'manual'

/**
 * From how many failures in a row a state holds, and how long one more failure makes somebody wait in it (OWASP Authentication Cheat Sheet: lockout
 * that grows; ASVS 2.2.1). `slowed` waits after each further failure, `challenge` waits longer and asks for a code even of who has no second
 * factor, `temporary` waits a day, `manual` until somebody ends it: a new password by mail, a passkey, or staff.
 */
const STAGES: readonly { readonly state: SignInState; readonly failures: number; readonly wait_s: number }[] = [
  // A year is longer than the count itself is kept for an address that the bank does not know.
  { state: 'manual', failures: 30, wait_s: 365 * 86_400 },
  { state: 'temporary', failures: 20, wait_s: 86_400 },
  { state: 'challenge', failures: 15, wait_s: 3_600 },
  { state: 'challenge', failures: 10, wait_s: 900 },
  { state: 'slowed', failures: 9, wait_s: 480 },
  { state: 'slowed', failures: 8, wait_s: 240 },
  { state: 'slowed', failures: 7, wait_s: 120 },
  { state: 'slowed', failures: 6, wait_s: 90 },
  { state: 'slowed', failures: 5, wait_s: 60 },
  { state: 'open', failures: 0, wait_s: 0 },
]
/** Failures after which a count is kept until somebody ends it. */
export const MANUAL_FAILURES = 30
/** Wrong codes that a one-time code or a challenge bears. */
export const CODE_TRIES = 5
/** Wrong mailed codes that an address bears in all within the window, however many new codes are asked for. */
export const CODE_FAILURES = 100
export const CODE_FAILURES_WINDOW_S = 30 * 86_400

/** What becomes of the counter after one more failure: the new count, and until when nobody may try, or null. */
export function afterFailure(failures: number, now: Date): { failures: number; locked_until: Date | null } {
  const count = failures + 1
  const { wait_s } = stageOf(count)
  return { failures: count, locked_until: wait_s === 0 ? null : secondsAfter(now, wait_s) }
}

/** The state that so many failures in a row lead to. */
export function stateOf(failures: number): SignInState {
  return stageOf(failures).state
}

function stageOf(failures: number): (typeof STAGES)[number] {
  return STAGES.find((stage) => failures >= stage.failures) as (typeof STAGES)[number]
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
