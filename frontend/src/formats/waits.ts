const MINUTE_S = 60
const DAY_S = 86_400

/**
 * When somebody may try again, as people read it. A wait of more than a week is one that does not end by itself: the bank keeps such a lock
 * until a new password, a passkey or the bank's staff ends it.
 */
export function waitWords(seconds: number): string {
  if (seconds > 7 * DAY_S) return 'This does not end by itself: set a new password, sign in with a passkey, or call us.'
  if (seconds <= 1) return 'Try again in a second.'
  if (seconds < MINUTE_S) return `Try again in ${Math.ceil(seconds)} seconds.`
  const minutes = Math.ceil(seconds / MINUTE_S)
  if (minutes === 1) return 'Try again in a minute.'
  if (minutes < 90) return `Try again in ${minutes} minutes.`
  return `Try again in ${Math.ceil(minutes / 60)} hours.`
}
