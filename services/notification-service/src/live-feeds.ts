import { Loop } from '#libs/service/loop.ts'
import type { Log } from '#libs/telemetry/log.ts'

/** Where a user's feed has come to. */
interface FeedPosition {
  user_id: string
  last_position: bigint
}

interface LiveFeedsOptions {
  log: Log
  /** How far the feeds of users have come. */
  positionsOf(user_ids: readonly string[]): Promise<readonly FeedPosition[]>
  /** Between two looks for what other instances wrote. */
  everyMs?: number
}

/** Streams that a user may have open in one instance. */
const STREAMS_PER_USER = 5
const LOOK_EVERY_MS = 1_000
/** A reaction wakes before its transaction has committed, so a look follows a look until it has. */
const LOOKS_AFTER_MS = [20, 80, 250] as const
const MOST_LOOKS = 30

/** One listener's place among the streams of this instance. */
export interface Listener {
  /** Waits until the feed has come further than `position`, or until the signal. */
  wait(position: bigint, signal: AbortSignal): Promise<void>
  leave(): void
}

interface Feed {
  last_position: bigint
  listeners: number
  wakes: Set<() => void>
}

/** Who listens in this instance, and how far their feeds have come: one question a second for all, and one right after a write here. */
export class LiveFeeds {
  readonly #feeds = new Map<string, Feed>()
  readonly #positionsOf: LiveFeedsOptions['positionsOf']
  readonly #loop: Loop
  readonly #timers = new Set<NodeJS.Timeout>()

  constructor({ log, positionsOf, everyMs = LOOK_EVERY_MS }: LiveFeedsOptions) {
    this.#positionsOf = positionsOf
    this.#loop = new Loop('live feeds', everyMs, log, () => this.#look())
    this.#loop.start()
  }

  /** A new listener of a user's feed; undefined when the user has enough of them. */
  join(user_id: string): Listener | undefined {
    const feed = this.#feeds.get(user_id) ?? { last_position: -1n, listeners: 0, wakes: new Set() }
    if (feed.listeners >= STREAMS_PER_USER) return undefined
    feed.listeners += 1
    this.#feeds.set(user_id, feed)
    let hasLeft = false
    return {
      wait: (position, signal) => waitFor(feed, position, signal),
      leave: () => {
        if (hasLeft) return
        hasLeft = true
        feed.listeners -= 1
        if (feed.listeners === 0) this.#feeds.delete(user_id)
      },
    }
  }

  /** How many streams are open here. */
  get listening(): number {
    return this.#feeds.values().reduce((sum, feed) => sum + feed.listeners, 0)
  }

  /** Looks soon, because something was written here that is about to be committed. */
  expect(user_ids: Iterable<string>): void {
    if (this.#timers.size >= MOST_LOOKS || ![...user_ids].some((user_id) => this.#feeds.has(user_id))) return
    for (const ms of LOOKS_AFTER_MS) {
      const timer = setTimeout(() => {
        this.#timers.delete(timer)
        this.#loop.nudge()
      }, ms)
      this.#timers.add(timer)
    }
  }

  /** Looks now. */
  nudge(): void {
    this.#loop.nudge()
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer)
    await this.#loop.stop()
  }

  async #look(): Promise<boolean> {
    if (this.#feeds.size === 0) return false
    for (const { user_id, last_position } of await this.#positionsOf([...this.#feeds.keys()])) {
      const feed = this.#feeds.get(user_id)
      if (feed === undefined || feed.last_position === last_position) continue
      feed.last_position = last_position
      for (const wake of feed.wakes) wake()
    }
    return false
  }
}

function waitFor(feed: Feed, position: bigint, signal: AbortSignal): Promise<void> {
  if (signal.aborted || feed.last_position > position) return Promise.resolve()
  return new Promise((resolve) => {
    const wake = (): void => {
      feed.wakes.delete(wake)
      signal.removeEventListener('abort', wake)
      resolve()
    }
    feed.wakes.add(wake)
    signal.addEventListener('abort', wake)
  })
}
