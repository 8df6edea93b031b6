import type { Log } from '#libs/telemetry/log.ts'

const FAILURES_TO_CUT = 3
const PROBE_MS = 250
const GOOD_PROBES = 2
/** Reasons that do not pass by themselves: what Redis says of passwords and rights, and TLS of certificates. */
const LASTING = /\b(WRONGPASS|NOAUTH|NOPERM)\b|certificate|altnames/

export interface LinkOptions {
  log: Log
  /** How long one question may take. */
  deadlineMs: number
  /** Asks something that only a working Redis answers. */
  probe(): Promise<unknown>
  nowMs?: () => number
}

/**
 * The way to Redis, with a deadline and a breaker. Down, nothing is asked but the probe, and every question is answered by what the process
 * has itself. It begins down.
 */
export class Link {
  readonly #options: LinkOptions
  readonly #nowMs: () => number
  #isUp = false
  #failuresInARow = 0
  #goodProbes = 0
  #wholeSinceMs = Number.POSITIVE_INFINITY
  #timer: NodeJS.Timeout | undefined
  #probing: Promise<void> | undefined
  #isClosed = false
  #refusal: string | undefined
  #isToldWhy = true
  #failures = 0
  #cuts = 0

  constructor(options: LinkOptions) {
    this.#options = options
    this.#nowMs = options.nowMs ?? performance.now.bind(performance)
  }

  get isUp(): boolean {
    return this.#isUp
  }

  get figures(): { isCutOff: boolean; failures: number; cuts: number } {
    return { isCutOff: !this.#isUp, failures: this.#failures, cuts: this.#cuts }
  }

  /** How long nothing can have got lost, in ms. */
  get wholeForMs(): number {
    return this.#isUp ? this.#nowMs() - this.#wholeSinceMs : 0
  }

  /** Begins to probe, and is resolved with the first verdict. */
  async open(): Promise<void> {
    this.#timer = setInterval(() => void this.#look(), PROBE_MS)
    this.#timer.unref()
    await this.#look()
    if (this.#goodProbes > 0) await this.#look()
    if (this.#isUp) return
    this.#say('Redis cannot be reached; this process goes on by itself', this.#refusal)
    this.#isToldWhy = this.#refusal !== undefined && isLasting(this.#refusal)
  }

  /** The answer of Redis within the deadline, else what the process has itself. */
  ask<T>(question: () => Promise<T>, otherwise: () => T): Promise<T> | T {
    if (!this.#isUp) return otherwise()
    return this.#within(question).then(
      (answer) => {
        this.#failuresInARow = 0
        return answer
      },
      (error: unknown) => {
        this.#failed(error)
        return otherwise()
      },
    )
  }

  /** What was set may be gone: a server is another one now, or was asked in vain. */
  doubt(): void {
    this.#wholeSinceMs = this.#nowMs()
  }

  /** Why there is no connection. What somebody has to mend, like a password that is another one now, is said once. */
  refused(reason: string): void {
    this.#refusal = reason
    if (this.#isUp || this.#isToldWhy || !isLasting(reason)) return
    this.#isToldWhy = true
    this.#say('Redis does not let this process in; it goes on by itself', reason)
  }

  /** The connection is lost: the next question would be, too. */
  cut(reason: string): void {
    this.#goodProbes = 0
    if (!this.#isUp) return
    this.#isUp = false
    this.#isToldWhy = false
    this.#cuts += 1
    this.#say('Redis is away; this process goes on by itself', reason)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#isUp = false
    clearInterval(this.#timer)
    await this.#probing
  }

  #failed(error: unknown): void {
    this.#failures += 1
    this.#failuresInARow += 1
    this.doubt()
    if (this.#failuresInARow >= FAILURES_TO_CUT) this.cut(error instanceof Error ? error.message : String(error))
  }

  #look(): Promise<void> {
    if (this.#isUp || this.#isClosed) return Promise.resolve()
    this.#probing ??= this.#probe().finally(() => {
      this.#probing = undefined
    })
    return this.#probing
  }

  async #probe(): Promise<void> {
    try {
      await this.#within(this.#options.probe)
      this.#goodProbes += 1
    } catch {
      this.#goodProbes = 0
    }
    if (this.#goodProbes < GOOD_PROBES || this.#isClosed) return
    this.#isUp = true
    this.#failuresInARow = 0
    this.doubt()
    this.#options.log.info('Redis answers; what processes of the bank have in common is in common')
  }

  #within<T>(question: () => Promise<T>): Promise<T> {
    const { deadlineMs } = this.#options
    return new Promise<T>((resolve, reject) => {
      // An answer that lies in the socket already is read before a late loop gives it up.
      const late = (): void => void setImmediate(reject, new Error(`no answer within ${deadlineMs} ms`))
      const timer = setTimeout(late, deadlineMs)
      const settle = (): void => clearTimeout(timer)
      question().then(
        (answer) => {
          settle()
          resolve(answer)
        },
        (error: unknown) => {
          settle()
          reject(error instanceof Error ? error : new Error(String(error)))
        },
      )
    })
  }

  #say(message: string, reason?: string): void {
    if (!this.#isClosed) this.#options.log.warn(reason === undefined ? {} : { reason }, message)
  }
}

function isLasting(reason: string): boolean {
  return LASTING.test(reason)
}
