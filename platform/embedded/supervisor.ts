import { setTimeout as sleep } from 'node:timers/promises'
import type { Binaries } from './binaries.ts'
import { type ServerConnection, untilAnswering } from './connection.ts'
import { EmbeddedServerError } from './embedded-server-error.ts'
import { keepNewestLogs } from './log-folder.ts'
import { stopOrphan } from './orphan.ts'
import type { Place } from './place.ts'
import { type PostgresProcess, signalPostgres, spawnPostgres, stopPostgres } from './postgres-process.ts'

/** `down`: it died and is about to be started again. */
export type ServerState = 'starting' | 'ready' | 'down' | 'stopped'
export type StateListener = (state: ServerState) => void

export interface SupervisorOptions {
  place: Place
  binaries: Binaries
  args: string[]
  connection: ServerConnection
  log: (line: string) => void
}

/** Tries of the first start; a server that dies later is started again for as long as it takes. */
const FIRST_TRIES = 3
/** Sessions of a killed server may hold its memory until their statement ends (ms). */
const STILL_HELD = /still in use/
const HELD_WITHIN = 60_000
/** Waits between restarts, in ms. */
const [SHORTEST_WAIT, LONGEST_WAIT] = [100, 10_000]
/** A server that was ready this long (ms) has earned a quick restart: only one that dies at once, again and again, is waited for. */
const STEADY = 2_000
const TIDY_EVERY = 600_000

/** Keeps one `postgres` running. */
export class Supervisor {
  readonly #options: SupervisorOptions
  readonly #listeners = new Set<StateListener>()
  readonly #stopping = new AbortController()
  #state: ServerState = 'starting'
  #process: PostgresProcess | undefined
  #watch: Promise<void> = Promise.resolve()
  #stopped: Promise<void> | undefined
  #tidy: NodeJS.Timeout | undefined

  constructor(options: SupervisorOptions) {
    this.#options = options
  }

  state(): ServerState {
    return this.#state
  }

  pid(): number | undefined {
    return this.#process?.isAlive() ? this.#process.pid : undefined
  }

  onState(listener: StateListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Starts it and waits until it answers; its version. */
  async start(): Promise<string> {
    process.on('exit', this.#atExit)
    this.#tidy = setInterval(() => keepNewestLogs(this.#options.place), TIDY_EVERY).unref()
    try {
      const since = Date.now()
      for (let attempt = 1; ; attempt++) {
        const outcome = await this.#launch()
        if ('version' in outcome) {
          this.#watch = this.#keepRunning()
          return outcome.version
        }
        const isHeld = STILL_HELD.test(outcome.reason) && Date.now() - since < HELD_WITHIN
        if (attempt >= FIRST_TRIES && !isHeld)
          throw new EmbeddedServerError(`PostgreSQL could not start: ${outcome.reason}`)
        await sleep(500)
      }
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  /** Stops it for good; calling again waits for the same stop. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #stop(): Promise<void> {
    this.#stopping.abort()
    clearInterval(this.#tidy)
    const running = this.#process
    try {
      if (running?.isAlive())
        await stopPostgres({ ...this.#options, pid: running.pid, isAlive: () => running.isAlive() })
      await this.#watch
    } finally {
      process.off('exit', this.#atExit)
      this.#become('stopped')
    }
  }

  /** One try: a version when it answers, else why it went. */
  async #launch(): Promise<{ version: string } | { reason: string }> {
    const { place, binaries, args, connection, log } = this.#options
    this.#become('starting')
    keepNewestLogs(place)
    await stopOrphan(place, binaries, log)
    // From here to the new process nothing waits: a stop either prevents it or finds it.
    if (this.#stopping.signal.aborted) return { reason: 'it was told to stop' }
    const running = spawnPostgres(place, binaries, args)
    this.#process = running
    const version = await untilAnswering(connection, () => running.isAlive())
    if (version === undefined) return { reason: await running.gone }
    this.#become('ready')
    return { version }
  }

  async #keepRunning(): Promise<void> {
    let wait = SHORTEST_WAIT
    for (let since = Date.now(); ; ) {
      const reason = await this.#process?.gone
      if (this.#stopping.signal.aborted) return
      this.#become('down')
      if (Date.now() - since > STEADY) wait = SHORTEST_WAIT
      this.#options.log(`PostgreSQL has gone (${reason}): starting it again`)
      await sleep(wait, undefined, { signal: this.#stopping.signal }).catch(() => {})
      if (this.#stopping.signal.aborted) return
      wait = Math.min(wait * 2, LONGEST_WAIT)
      await this.#relaunch()
      since = Date.now()
    }
  }

  /** A failed restart leaves a dead process behind, which the watch takes for another death: it waits longer and tries again. */
  async #relaunch(): Promise<void> {
    try {
      const outcome = await this.#launch()
      if ('version' in outcome) this.#options.log('PostgreSQL is back')
    } catch (error) {
      this.#options.log(`PostgreSQL cannot be restarted yet: ${String(error)}`)
      const running = this.#process
      if (running?.isAlive())
        await stopPostgres({ ...this.#options, pid: running.pid, isAlive: () => running.isAlive() })
    }
  }

  #become(state: ServerState): void {
    if (this.#state === state || this.#state === 'stopped') return
    this.#state = state
    for (const listener of [...this.#listeners]) listener(state)
  }

  /** A program that ends without `stop` leaves a server that shuts down cleanly by itself. */
  readonly #atExit = (): void => {
    const pid = this.pid()
    if (pid !== undefined) signalPostgres(pid, 'SIGINT', this.#options.binaries)
  }
}
