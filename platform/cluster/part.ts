import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Warden } from './warden.ts'

/** `gone`: it ended, by itself or because it was killed. */
export type PartState = 'stopped' | 'starting' | 'ready' | 'gone'

export interface PartOptions {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  /** The whole environment; that of this process unless given. */
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
  /** Whether it answers its protocol; asked until it does. May throw, which is a no. */
  readonly ready: () => Promise<boolean>
  /** How long a start may take, in ms. */
  readonly start_limit_ms: number
  /** How long a stop waits before it kills, in ms. */
  readonly stop_limit_ms?: number
  readonly warden: Warden
}

const PROBE_PAUSE_MS = 100
const LAST_WORDS = 2_000

/** One process of a cluster: started, killed and started again at the same place; its output is kept in the home. */
export class Part {
  readonly #options: PartOptions
  #child: ChildProcess | undefined
  #state: PartState = 'stopped'
  #isStopping = false
  #listeners = new Set<(state: PartState) => void>()

  constructor(options: PartOptions) {
    this.#options = options
  }

  get name(): string {
    return this.#options.name
  }

  get state(): PartState {
    return this.#state
  }

  /** Of the running process; throws when there is none. */
  get pid(): number {
    if (!this.isAlive || this.#child?.pid === undefined) throw new Error(`${this.name} is not running`)
    return this.#child.pid
  }

  get isAlive(): boolean {
    return this.#child?.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Everything it has printed, since its first start. */
  get logFile(): string {
    return join(this.#options.warden.home, `${this.name}.log`)
  }

  onState(listener: (state: PartState) => void): void {
    this.#listeners.add(listener)
  }

  /** Starts the process without waiting; `untilReady` does. Settings that are given here hold for this start alone. */
  launch(changes: NodeJS.ProcessEnv = {}): void {
    if (this.isAlive) throw new Error(`${this.name} is running`)
    const { command, args, env, cwd, warden } = this.#options
    const output = openSync(this.logFile, 'a', 0o600)
    this.#isStopping = false
    // A group of its own: a Ctrl-C in the terminal is for us, who stop the parts in order.
    const settings = { ...(env ?? process.env), ...changes }
    const child = spawn(command, [...args], { env: settings, cwd, detached: true, stdio: ['ignore', output, output] })
    closeSync(output)
    this.#child = child
    this.#become('starting')
    if (child.pid !== undefined) warden.watch(this.name, child.pid)
    const gone = (): void => {
      if (this.#child !== child) return
      warden.forget(this.name)
      this.#become(this.#isStopping ? 'stopped' : 'gone')
    }
    child.once('error', gone)
    child.once('exit', gone)
  }

  /** Waits until the part answers; throws with its last words when it ends before, or takes too long. */
  async untilReady(): Promise<void> {
    const { ready, start_limit_ms } = this.#options
    for (const until = performance.now() + start_limit_ms; performance.now() < until; ) {
      if (!this.isAlive) throw new Error(`${this.name} ended before it was ready:\n${this.lastWords()}`)
      if (await ready().catch(() => false)) return this.#become('ready')
      await sleep(PROBE_PAUSE_MS)
    }
    throw new Error(`${this.name} was not ready within ${start_limit_ms / 1000} s:\n${this.lastWords()}`)
  }

  async start(): Promise<void> {
    this.launch()
    await this.untilReady()
  }

  /** SIGKILL, as a crash or the kernel does it; waits until the process has gone. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** Starts it again after a kill, at the same addresses and on the same data; settings that are given here hold until it is started again. */
  async restart(changes: NodeJS.ProcessEnv = {}): Promise<void> {
    this.launch(changes)
    await this.untilReady()
  }

  /** SIGTERM, and SIGKILL when that does not help in time; answers the exit code (null when killed). */
  async stop(): Promise<number | null> {
    this.#isStopping = true
    const child = this.#child
    const timer = setTimeout(() => child?.kill('SIGKILL'), this.#options.stop_limit_ms ?? 15_000)
    await this.#end('SIGTERM')
    clearTimeout(timer)
    this.#become('stopped')
    return child?.exitCode ?? null
  }

  /** Freezes it: it keeps its connections and answers nobody. */
  freeze(): void {
    process.kill(this.pid, 'SIGSTOP')
  }

  thaw(): void {
    process.kill(this.pid, 'SIGCONT')
  }

  /** The end of what it printed. */
  lastWords(): string {
    return existsSync(this.logFile) ? readFileSync(this.logFile, 'utf8').slice(-LAST_WORDS) : ''
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child
    if (child === undefined || !this.isAlive) return
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }

  #become(state: PartState): void {
    if (this.#state === state) return
    this.#state = state
    for (const listener of this.#listeners) listener(state)
  }
}
