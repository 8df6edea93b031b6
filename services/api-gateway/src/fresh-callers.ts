import type { Cache } from '#libs/cache/cache.ts'
import type { Caller } from '#libs/contract/client.ts'

/** How long after a write of his a caller reads what is of now: the longest that a copy may lag, and what a write sets going. */
const FRESH_MS = 10_000
/** Clocks of the bank's processes may differ by this; who has just signed in may have been made by a write of nobody's. */
const SKEW_S = 30

/** Markers that all gateways of the bank see, or those of its one gateway. */
export type FreshMarkers = Pick<Cache, 'isWhole' | 'get' | 'set'>

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
