import { moveWallClock } from './wall-offset.ts'

/** What a comparison of clocks found, in milliseconds: positive when this process was behind. */
export interface Comparison {
  skew_ms: number
  /** Whether the process keeps the other clock's time from now on. */
  isMended: boolean
}

/** Within this, clocks count as the same: it is far more than a kept clock drifts, and what the bank bears without being told. */
export const TOLERATED_MS = 2_000
/** Beyond this it is no skew but another time, which somebody has wished for, or a mistake that must not be followed. */
export const MENDED_AT_MOST_MS = 300_000

/**
 * Compares this process's clock with another one, which answers in milliseconds since 1970, and sets a wrong one right. The answer is taken for
 * the middle of the question's time, and is wrong by half of that at most. One that took so long that the clocks may be the same says too little and
 * counts for nothing (undefined). `now_ms` is a clock that nobody sets, by which the question is timed.
 */
export async function compareClocks(
  ask: () => Promise<number>,
  now_ms: () => number = () => performance.now(),
): Promise<Comparison | undefined> {
  const asked = now_ms()
  const theirs = await ask()
  const took_ms = now_ms() - asked
  const skew_ms = Math.round(theirs + took_ms / 2 - Date.now())
  if (took_ms > TOLERATED_MS && Math.abs(skew_ms) <= TOLERATED_MS + took_ms / 2) return undefined
  const isMended = Math.abs(skew_ms) > TOLERATED_MS && Math.abs(skew_ms) <= MENDED_AT_MOST_MS
  if (isMended) moveWallClock(skew_ms)
  return { skew_ms, isMended }
}
