import { randomUUID } from 'node:crypto'
import { EventEmitter } from 'node:events'
import type { Cache, Lock } from './cache.ts'
import { type Allowance, SlidingWindows } from './sliding-window.ts'

const MOST_KEPT = 200_000

/** Values that stand for a while, so many at most: the one that was set first goes first, and those whose time is over as others come. */
class Passing {
  readonly #kept = new Map<string, { value: string; untilMs: number }>()
  readonly #nowMs: () => number

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  get(key: string): string | null {
    const kept = this.#kept.get(key)
    if (kept === undefined) return null
    if (kept.untilMs > this.#nowMs()) return kept.value
    this.#kept.delete(key)
    return null
  }

  set(key: string, value: string, ttl_ms: number): void {
    const now = this.#nowMs()
    this.#kept.delete(key)
    for (const [oldest, { untilMs }] of this.#kept) {
      if (untilMs > now && this.#kept.size < MOST_KEPT) break
      this.#kept.delete(oldest)
    }
    this.#kept.set(key, { value, untilMs: now + ttl_ms })
  }

  drop(key: string): void {
    this.#kept.delete(key)
  }
}

/** The cache of one process by itself. `nowMs` is the wall clock; the limits of a minute follow it. */
export function createLocalCache(nowMs: () => number = Date.now): Cache {
  const windows = new SlidingWindows(nowMs)
  const values = new Passing(nowMs)
  const locks = new Passing(nowMs)
  const nudges = new EventEmitter().setMaxListeners(0)
  const lock = (name: string, ttl_ms: number): Lock | null => {
    if (locks.get(name) !== null) return null
    const token = randomUUID()
    locks.set(name, token, ttl_ms)
    const release = (): void => {
      if (locks.get(name) === token) locks.drop(name)
    }
    return { isHeld: true, release }
  }
  return {
    isWhole: () => true,
    get: (key) => values.get(key),
    set: (key, value, ttl_ms) => values.set(key, value, ttl_ms),
    drop: (keys) => {
      for (const key of keys) values.drop(key)
    },
    take: (key, limit): Allowance => windows.take(key, limit),
    giveBack: (key) => windows.giveBack(key),
    lock,
    publish: (channel, text) => void nudges.emit(`to ${channel}`, text),
    subscribe: (channel, hear) => {
      nudges.on(`to ${channel}`, hear)
      return () => void nudges.off(`to ${channel}`, hear)
    },
    figures: () => ({ kind: 'local', isCutOff: false, failures: 0, cuts: 0 }),
    close: async () => void nudges.removeAllListeners(),
  }
}
