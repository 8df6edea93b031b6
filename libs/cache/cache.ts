import type { Allowance } from './sliding-window.ts'

/** A lock as long as its time: advice that spares work, never what keeps anything right. */
export interface Lock {
  /** False where nobody could be asked: the holder goes on as if it were alone. */
  isHeld: boolean
  /** Gives it back, unless its time is over and it is somebody else's. */
  release(): Promise<void> | void
}

/** How a cache is doing, for metrics. */
export interface CacheFigures {
  kind: 'local' | 'redis'
  isCutOff: boolean
  /** Questions that had no answer in time or failed, since the start. */
  failures: number
  /** How often the process was cut off, since the start. */
  cuts: number
}

/** Values of one process or of all of the bank's. Where Redis is away every call still answers, by this process alone. Never throws. */
export interface Cache {
  /** True where nothing that any process set in the last `ms` can be missing. */
  isWhole(ms: number): boolean
  /** The value, or null where there is none or nobody can be asked. */
  get(key: string): Promise<string | null> | string | null
  /** Keeps a value for `ttl_ms`. */
  set(key: string, value: string, ttl_ms: number): Promise<void> | void
  /** Forgets values. */
  drop(keys: readonly string[]): Promise<void> | void
  /** Counts one of `key` against `limit` a minute. */
  take(key: string, limit: number): Promise<Allowance> | Allowance
  /** Takes back what `take` counted, where it counted it. */
  giveBack(key: string, allowance: Allowance): void
  /** The lock of that name for `ttl_ms`, or null while somebody else has it. */
  lock(name: string, ttl_ms: number): Promise<Lock | null> | Lock | null
  /** Tells whoever listens, at most once. */
  publish(channel: string, text: string): void
  /** Calls `hear` with what is published from now on; returns what ends that. */
  subscribe(channel: string, hear: (text: string) => void): () => void
  figures(): CacheFigures
  close(): Promise<void>
}
