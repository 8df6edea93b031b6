import { setTimeout as sleep } from 'node:timers/promises'

/** The longest wait after a step that failed; the waits double up to it. */
const WAIT_AT_MOST_MS = 5_000

/** Repeats a step until stopped: at once while there is more, else after a nudge or a pause. What fails is tried again after growing waits. */
export class Pace {
  readonly #idleMs: number
  readonly #stopped = new AbortController()
  #woken = false
  #wake: (() => void) | undefined
  #loop: Promise<void> | undefined

  /** `idleMs` is how long it waits for a nudge when a step found nothing more: none for a step that waits itself. */
  constructor(idleMs: number) {
    this.#idleMs = idleMs
  }

  /** Aborts when it is to stop: for what waits inside a step. */
  get stopping(): AbortSignal {
    return this.#stopped.signal
  }

  /** True when it was nudged since the step began. */
  get isWoken(): boolean {
    return this.#woken
  }

  /** Begins; `step` says whether more is waiting, and `failed` hears of each error with the number of failures in a row. */
  start(step: () => Promise<boolean>, failed: (error: unknown, failures: number) => void): void {
    this.#loop = this.#run(step, failed)
  }

  /** Looks again now. */
  nudge(): void {
    this.#woken = true
    this.#wake?.()
  }

  /** Lets the step under way finish and ends. */
  async stop(): Promise<void> {
    this.#stopped.abort()
    this.nudge()
    await this.#loop
  }

  /** Waits for `ms`, or until it is to stop. */
  async pause(ms: number): Promise<void> {
    await this.#rest(ms, false)
  }

  async #run(step: () => Promise<boolean>, failed: (error: unknown, failures: number) => void): Promise<void> {
    let failures = 0
    while (!this.stopping.aborted) {
      try {
        this.#woken = false
        const isMore = await step()
        failures = 0
        if (!isMore && !this.#woken && this.#idleMs > 0) await this.#rest(this.#idleMs, true)
      } catch (error) {
        failures += 1
        failed(error, failures)
        // Whoever is busy wakes us all the time; that must not shorten the wait for what failed.
        await this.#rest(Math.min(50 * 2 ** failures, WAIT_AT_MOST_MS), false)
      }
    }
  }

  async #rest(ms: number, untilNudged: boolean): Promise<void> {
    if (this.stopping.aborted) return
    const timer = new AbortController()
    this.#wake = () => {
      if (untilNudged || this.stopping.aborted) timer.abort()
    }
    await sleep(ms, undefined, { signal: timer.signal }).catch(() => {})
    this.#wake = undefined
  }
}
