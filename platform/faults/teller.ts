import { setTimeout as sleep } from 'node:timers/promises'
import type { Story } from './story.ts'

const PAUSE_MS = 500
const WORDS_CHARS = 800

/** What became of a story. */
export interface Told {
  readonly name: string
  /** How often it was told until it passed. */
  readonly tries: number
  /** Whether it was begun before the fault was over. */
  readonly isUnderFault: boolean
  /** Empty when it passed. */
  readonly failure: readonly string[]
}

/** A clock in milliseconds, and how to wait. */
export interface Pacing {
  now(): number
  pause(ms: number): Promise<void>
}

const REAL: Pacing = { now: () => performance.now(), pause: (ms) => sleep(ms) }

/**
 * Tells stories, each again and again, until it passes once: whoever meets a fault on his way to the bank comes again later. A telling that began within
 * the patience after the fault's end is the last that may fail.
 */
export class PatientTeller {
  readonly #say: (line: string) => void
  readonly #pacing: Pacing
  readonly #stopped = new AbortController()
  #endedMs = Number.POSITIVE_INFINITY

  constructor(say: (line: string) => void, pacing: Pacing = REAL) {
    this.#say = say
    this.#pacing = pacing
  }

  /** The fault is over: from now on a story has so long to pass. */
  faultEnded(): void {
    this.#endedMs = this.#pacing.now()
  }

  /** Nobody waits for them any more: the one that is told ends, and no other is begun. */
  stop(): void {
    this.#stopped.abort()
  }

  /** Tells one until it passes, or until it failed that long after the fault's end. */
  async passed(story: Story, withinMs: number): Promise<Told> {
    const isUnderFault = this.#pacing.now() < this.#endedMs
    for (let tries = 0; ; ) {
      const startedMs = this.#pacing.now()
      try {
        await story.tell(tries++, this.#stopped.signal)
        this.#say(`  ${story.name} passed in ${((this.#pacing.now() - startedMs) / 1_000).toFixed(1)} s`)
        return { name: story.name, tries, isUnderFault, failure: [] }
      } catch (error) {
        const when = startedMs > this.#endedMs ? 'after' : 'during'
        this.#say(`  ${story.name}, told ${when} the fault, failed: ${inShort(error)}`)
        if (this.#stopped.signal.aborted || startedMs > this.#endedMs + withinMs)
          return { name: story.name, tries, isUnderFault, failure: [`${story.name} did not pass: ${inShort(error)}`] }
        await this.#pacing.pause(PAUSE_MS)
      }
    }
  }

  /** One after the other. */
  async allPassed(stories: readonly Story[], withinMs: number): Promise<Told[]> {
    const told: Told[] = []
    for (const story of stories) if (!this.#stopped.signal.aborted) told.push(await this.passed(story, withinMs))
    return told
  }
}

/** What went wrong, on one line: a report of many has room for that. */
function inShort(error: unknown): string {
  return String(error).replaceAll(/\s+/g, ' ').slice(0, WORDS_CHARS)
}
