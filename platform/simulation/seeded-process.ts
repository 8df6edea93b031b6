import { AsyncLocalStorage } from 'node:async_hooks'
import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import promises from 'node:timers/promises'
import { type Chance, chanceOf } from '../demo/random.ts'

/** Who runs: an instance with a clock of its own. What runs for nobody (the simulator itself) has the machine's timers and chance. */
export interface Actor {
  readonly name: string
  /** How far its clock is off. */
  skewMs: number
  /** Dead: nothing of it runs any more. */
  isGone: boolean
}

/** The actor that the running code belongs to, through all that it awaits. */
export const acting = new AsyncLocalStorage<Actor>()

interface Timer {
  readonly handle: TimerHandle
  readonly actor: Actor
  readonly run: () => void
  dueMs: number
}

/** What `setTimeout` answers to an actor. */
class TimerHandle {
  readonly id: number

  constructor(id: number) {
    this.id = id
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }

  hasRef(): boolean {
    return true
  }
}

const real = { setTimeout, clearTimeout, setInterval, clearInterval, Date, random: Math.random }
const realCrypto = { ...crypto }
const realSleep = promises.setTimeout
const realNow = performance.now.bind(performance)

/** Waits on the machine's clock. */
export const machineSleep = (ms: number): Promise<void> => new Promise((resolve) => void real.setTimeout(resolve, ms))

/**
 * Takes time and chance out of this process: for actors `Date`, `performance.now`, timers and every source of randomness come from the
 * seed, and time passes only when the scheduler says so. It must be installed before the code of the bank is loaded, which keeps what it
 * finds (`Date.now`) at that time.
 */
export class SeededProcess {
  readonly #startMs: number
  readonly #chance: Chance
  readonly #timers = new Map<number, Timer>()
  #timerCount = 0
  /** Rises with whatever an actor begins, so that one can wait until nothing is begun any more. */
  begun = 0
  /** The time of the world. */
  nowMs: number

  /** Makes what instances share (keys): an actor that does nothing later. */
  readonly maker: Actor = { name: 'maker', skewMs: 0, isGone: false }

  /** A little before midnight, on a day that the seed picks: the ends of days, months and years are where mistakes are. */
  constructor(seed: string) {
    this.#chance = chanceOf(`process ${seed}`)
    const day = this.#chance.pick(['2026-03-10', '2026-03-31', '2026-02-28', '2026-12-31', '2028-02-28'])
    this.#startMs = real.Date.parse(`${day}T23:59:${this.#chance.between(30, 58)}Z`)
    this.nowMs = this.#startMs
  }

  /** Puts the seeded world in place of the machine's; for the life of this process. */
  install(): void {
    const now = (): number => this.nowMs + (acting.getStore()?.skewMs ?? 0)
    globalThis.Date = new Proxy(real.Date, {
      construct: (target, args) => new target(...((args.length === 0 ? [now()] : args) as [number])),
      apply: () => new real.Date(now()).toString(),
      get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
    }) as DateConstructor
    performance.now = () => (acting.getStore() === undefined ? realNow() : this.nowMs - this.#startMs)
    this.#installTimers()
    this.#installChance()
    syncBuiltinESMExports()
  }

  #installTimers(): void {
    globalThis.setTimeout = ((run: () => void, ms?: number, ...args: unknown[]) =>
      this.#arm(run, ms, args) ?? real.setTimeout(run, ms, ...(args as []))) as typeof setTimeout
    globalThis.setInterval = ((run: () => void, ms = 1, ...args: unknown[]) => {
      const again = (): void => {
        handle?.actor.isGone || this.#rearm(handle as Timer, ms)
        run(...(args as []))
      }
      const armed = this.#arm(again, ms, [])
      const handle = armed && this.#timers.get(armed.id)
      return armed ?? real.setInterval(run, ms, ...(args as []))
    }) as typeof setInterval
    const clear = (handle: unknown): void => {
      if (handle instanceof TimerHandle) this.#timers.delete(handle.id)
      else real.clearTimeout(handle as NodeJS.Timeout)
    }
    globalThis.clearTimeout = clear
    globalThis.clearInterval = clear
    promises.setTimeout = ((ms?: number, value?: unknown, options: { signal?: AbortSignal } = {}) =>
      acting.getStore() === undefined ? realSleep(ms, value, options) : this.#sleep(ms, value, options.signal)) as never
  }

  #sleep(ms: number | undefined, value: unknown, signal: AbortSignal | undefined): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const handle = this.#arm(() => resolve(value), ms, [])
      const give_up = (): void => {
        if (handle !== undefined) this.#timers.delete(handle.id)
        reject(Object.assign(new Error('The operation was aborted'), { name: 'AbortError', code: 'ABORT_ERR' }))
      }
      if (signal?.aborted) give_up()
      else signal?.addEventListener('abort', give_up, { once: true })
    })
  }

  #arm(run: (...args: never[]) => void, ms: number | undefined, args: readonly unknown[]): TimerHandle | undefined {
    const actor = acting.getStore()
    if (actor === undefined) return undefined
    const handle = new TimerHandle(++this.#timerCount)
    const inContext = AsyncLocalStorage.snapshot()
    const timer = { handle, actor, run: () => inContext(run as () => void, ...(args as [])), dueMs: 0 }
    this.#rearm(timer, ms)
    return handle
  }

  #rearm(timer: Timer, ms = 0): void {
    timer.dueMs = this.nowMs + Math.max(0, Number.isFinite(ms) ? ms : 0)
    this.#timers.set(timer.handle.id, timer)
    this.begun += 1
  }

  #installChance(): void {
    const byte = (): number => this.#chance.between(0, 255)
    const isActing = (): boolean => acting.getStore() !== undefined
    const fill = (target: Uint8Array): Uint8Array => {
      for (let i = 0; i < target.length; i++) target[i] = byte()
      return target
    }
    const uuid = (version: number): string => {
      const bytes = Buffer.alloc(16)
      fill(bytes)
      if (version === 7) bytes.writeUIntBE(Date.now(), 0, 6)
      bytes[6] = ((bytes[6] as number) & 0x0f) | (version << 4)
      bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80
      const hex = bytes.toString('hex')
      return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
    }
    Math.random = () => (isActing() ? this.#chance.between(0, 2 ** 31) / (2 ** 31 + 1) : real.random())
    Object.assign(crypto, {
      randomBytes: (size: number) => (isActing() ? fill(Buffer.alloc(size)) : realCrypto.randomBytes(size)),
      randomFillSync: (target: Uint8Array) => (isActing() ? fill(target) : realCrypto.randomFillSync(target)),
      randomUUID: () => (isActing() ? uuid(4) : realCrypto.randomUUID()),
      randomUUIDv7: () => (isActing() ? uuid(7) : realCrypto.randomUUIDv7()),
      randomInt: (low: number, high?: number) =>
        isActing()
          ? this.#chance.between(high === undefined ? 0 : low, (high ?? low) - 1)
          : realCrypto.randomInt(high === undefined ? 0 : low, high ?? low),
    })
  }

  /** Runs the timers whose time has come, in the order of their times; true when there was one. */
  runDue(): boolean {
    const due = [...this.#timers.values()].filter((timer) => timer.dueMs <= this.nowMs)
    due.sort((a, b) => a.dueMs - b.dueMs || a.handle.id - b.handle.id)
    for (const timer of due) {
      if (!this.#timers.delete(timer.handle.id) || timer.actor.isGone) continue
      timer.run()
    }
    return due.length > 0
  }

  /** When the next timer of a living actor is due; undefined without one. */
  nextDueMs(): number | undefined {
    let next: number | undefined
    for (const [id, { actor, dueMs }] of this.#timers) {
      if (actor.isGone) this.#timers.delete(id)
      else if (next === undefined || dueMs < next) next = dueMs
    }
    return next
  }

  /** Waits until actors begin nothing more by themselves: all of them wait for a timer, the database or a request. */
  async quiet(): Promise<void> {
    for (let rounds = 0; rounds < QUIET_ROUNDS; rounds++) {
      const before = this.begun
      await new Promise((resolve) => setImmediate(resolve))
      if (this.begun !== before) rounds = -1
    }
  }
}

/** Turns of the event loop without news after which nothing more comes: a statement takes three from its cause to the gate. */
const QUIET_ROUNDS = 5
