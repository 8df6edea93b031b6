import { setTimeout as sleep } from 'node:timers/promises'
import type { Story } from './story.ts'

const PAUSE_MS = 500
const WORDS_CHARS = 800

/** What became of a story. */
export interface Told {
  readonly name: string
  /** How often it was told until it passed. */
  readonly tries: number
  /** Empty when it passed. */
  readonly failure: readonly string[]
}

/**
 * Tells stories, each again and again, until it passes once: whoever meets a fault on his way to the bank comes again later. A telling that began within
 * the patience after the fault's end is the last that may fail.
 */
export class PatientTeller {
  readonly #say: (line: string) => void
  #endedMs = Number.POSITIVE_INFINITY
  #isStopped = false

  constructor(say: (line: string) => void) {
    this.#say = say
  }

  /** The fault is over: from now on a story has so long to pass. */
  faultEnded(): void {
    this.#endedMs = performance.now()
  }

  /** Nobody waits for them any more: what fails now is not told again, nor is the next begun. */
  stop(): void {
    this.#isStopped = true
  }

  /** Tells one until it passes, or until it failed that long after the fault's end. */
  async passed(story: Story, withinMs: number): Promise<Told> {
    for (let tries = 0; ; ) {
      const startedMs = performance.now()
      try {
        await story.tell(tries++)
        return { name: story.name, tries, failure: [] }
      } catch (error) {
        const when = startedMs > this.#endedMs ? 'after' : 'during'
        this.#say(`  ${story.name}, told ${when} the fault, failed: ${String(error).slice(0, WORDS_CHARS)}`)
        if (this.#isStopped || startedMs > this.#endedMs + withinMs)
          return { name: story.name, tries, failure: [`${story.name} did not pass: ${String(error)}`] }
        await sleep(PAUSE_MS)
      }
    }
  }

  /** One after the other. */
  async allPassed(stories: readonly Story[], withinMs: number): Promise<Told[]> {
    const told: Told[] = []
    for (const story of stories) if (!this.#isStopped) told.push(await this.passed(story, withinMs))
    return told
  }
}
