import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '#libs/telemetry/log.ts'

/** Work that is repeated until stopped: at once while there is more, else after a pause or a nudge. An error is logged and waited out. */
export class Loop {
  readonly #name: string
  readonly #everyMs: () => number
  readonly #log: Log
  readonly #work: () => Promise<boolean>
  #nudged = false
  #wake: (() => void) | undefined
  #stopping = false
  #running: Promise<void> | undefined

  constructor(name: string, everyMs: number | (() => number), log: Log, work: () => Promise<boolean>) {
    this.#name = name
    this.#everyMs = typeof everyMs === 'number' ? () => everyMs : everyMs
    this.#log = log
    this.#work = work
  }

  start(): void {
    this.#running = this.#run()
  }

  nudge(): void {
    this.#nudged = true
    this.#wake?.()
  }

  async stop(): Promise<void> {
    this.#stopping = true
    this.nudge()
    await this.#running
  }

  async #run(): Promise<void> {
    let failures = 0
    while (!this.#stopping) {
      this.#nudged = false
      let more = false
      try {
        more = await this.#work()
        failures = 0
      } catch (error) {
        failures += 1
        this.#log.warn({ error, loop: this.#name, failures }, 'a loop failed and goes on')
      }
      if (!more)
        await this.#pause(failures === 0 ? this.#everyMs() : Math.min(100 * 2 ** failures, 5_000), failures > 0)
    }
  }

  async #pause(ms: number, failed: boolean): Promise<void> {
    if (this.#stopping || (this.#nudged && !failed)) return
    const timer = new AbortController()
    const woken = new Promise<void>((resolve) => {
      // What failed waits its time: whoever is busy nudges all the while.
      this.#wake = () => {
        if (!failed || this.#stopping) resolve()
      }
    })
    await Promise.race([woken, sleep(ms, undefined, { signal: timer.signal }).catch(() => {})])
    timer.abort()
    this.#wake = undefined
  }
}
