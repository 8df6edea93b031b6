import type { Caller } from '#libs/contract/client.ts'

/** How long after a write of his a caller reads what is of now: the longest that a copy may lag, and what a write sets going. */
const FRESH_MS = 10_000
/** Clocks of the bank's processes may differ by this; who has just signed in may have been made by a write of nobody's. */
const SKEW_S = 30
const MOST_KEPT = 200_000

/** Markers that all gateways of the bank see. */
export interface FreshMarkers {
  /** True where nothing that any gateway marked in the last `ms` can be missing. */
  isWhole(ms: number): boolean
  get(key: string): Promise<string | null> | string | null
  set(key: string, value: string, ttl_ms: number): Promise<void> | void
}

/**
 * Who must read his own writes: whoever wrote within the last ten seconds, by whichever gateway, or signed in just now. Where nobody knows,
 * everybody. Only for the others may a copy of the data answer that lags behind.
 */
export class FreshCallers {
  readonly #markers: FreshMarkers

  constructor(markers: FreshMarkers) {
    this.#markers = markers
  }

  /** Marks the writer; resolved when every gateway sees it, or none can be asked. */
  wrote(sub: string): Promise<void> | void {
    return this.#markers.set(keyOf(sub), '1', FRESH_MS)
  }

  /** False where a lagging copy may answer this caller. */
  async isFresh({ sub, auth_time }: Pick<Caller, 'sub' | 'auth_time'>, nowMs: number = Date.now()): Promise<boolean> {
    if (!this.#markers.isWhole(FRESH_MS) || sub === null) return true
    if (auth_time !== null && auth_time * 1000 > nowMs - FRESH_MS - SKEW_S * 1000) return true
    const marker = await this.#markers.get(keyOf(sub))
    // The answer may have been that nobody could be asked.
    return marker !== null || !this.#markers.isWhole(FRESH_MS)
  }
}

const keyOf = (sub: string): string => `fresh:${sub}`

/** The markers of a bank with one gateway, in its own memory. */
export function localMarkers(nowMs: () => number = performance.now.bind(performance)): FreshMarkers {
  const untilMs = new Map<string, number>()
  return {
    isWhole: () => true,
    get: (key) => ((untilMs.get(key) ?? 0) > nowMs() ? '1' : null),
    set: (key, _value, ttl_ms) => {
      untilMs.delete(key)
      if (untilMs.size >= MOST_KEPT) untilMs.delete(untilMs.keys().next().value as string)
      untilMs.set(key, nowMs() + ttl_ms)
    },
  }
}
