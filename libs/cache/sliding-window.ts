/** What became of one request under a limit. */
export interface Allowance {
  isAllowed: boolean
  limit: number
  remaining: number
  /** When the window is empty again, in seconds. */
  resetS: number
  /** True where it was counted for all processes together. */
  isCountedTogether: boolean
}

interface Window {
  startMs: number
  count: number
  before: number
}

export const WINDOW_MS = 60_000
const MAX_KEYS = 200_000

/**
 * Requests a minute per key by a sliding window: the last minute is estimated from the running window and the share of the one before it that
 * still counts, which no burst at a window's edge can double. Memory is bounded: at most 200,000 keys, the idle ones go first.
 */
export class SlidingWindows {
  readonly #windows = new Map<string, Window>()
  readonly #nowMs: () => number

  constructor(nowMs: () => number = Date.now) {
    this.#nowMs = nowMs
  }

  /** Counts one request of `key` against `limit` a minute. */
  take(key: string, limit: number): Allowance {
    const now = this.#nowMs()
    const window = this.#windowOf(key, now)
    const share = 1 - (now - window.startMs) / WINDOW_MS
    const used = window.count + window.before * share
    const isAllowed = used < limit
    if (isAllowed) window.count += 1
    return allowanceOf({ used, limit, isAllowed, leftMs: window.startMs + WINDOW_MS - now, isCountedTogether: false })
  }

  /** Takes back the last `take` of `key`: what it was counted for did not come about. */
  giveBack(key: string): void {
    const window = this.#windows.get(key)
    if (window !== undefined && window.count > 0) window.count -= 1
  }

  #windowOf(key: string, now: number): Window {
    const known = this.#windows.get(key)
    const startMs = now - (now % WINDOW_MS)
    if (known !== undefined && known.startMs === startMs) return known
    const before = known !== undefined && known.startMs === startMs - WINDOW_MS ? known.count : 0
    const window = { startMs, count: 0, before }
    this.#windows.delete(key)
    if (this.#windows.size >= MAX_KEYS) this.#windows.delete(this.#windows.keys().next().value as string)
    this.#windows.set(key, window)
    return window
  }
}

/** The answer to one that was counted when `used` had been before it. */
export function allowanceOf(
  counted: Pick<Allowance, 'isAllowed' | 'limit' | 'isCountedTogether'> & { used: number; leftMs: number },
): Allowance {
  const { used, limit, isAllowed, leftMs, isCountedTogether } = counted
  const remaining = Math.max(0, Math.floor(limit - used - (isAllowed ? 1 : 0)))
  return { isAllowed, limit, remaining, resetS: Math.max(1, Math.ceil(leftMs / 1000)), isCountedTogether }
}
