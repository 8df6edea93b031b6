/** Where progress goes: a terminal's one line that is written over, or a log's line now and then. */
export interface Screen {
  isTerminal: boolean
  write(text: string): void
}

const TERMINAL_MS = 200
const LOG_MS = 5_000

/** Says how far a run is, seldom enough to cost nothing. */
export class Progress {
  readonly #screen: Screen
  #startedMs: number | undefined
  #saidMs = performance.now()
  #isOpen = false

  constructor(screen: Screen) {
    this.#screen = screen
  }

  /** Rows read, and the share of the file that is. */
  reading(rows: number, share: number): void {
    if (this.#startedMs === undefined) this.#startedMs = this.#saidMs = performance.now()
    if (!this.#isTime()) return
    const perSecond = Math.round((rows * 1000) / (performance.now() - this.#startedMs))
    this.#say(
      `${rows.toLocaleString('en')} rows, ${perSecond.toLocaleString('en')} rows/s, ${Math.floor(share * 100)} %`,
    )
  }

  /** Rows that the bank has booked of those it took. */
  booking(ended: number, rows: number): void {
    if (this.#isTime()) this.#say(`booked ${ended.toLocaleString('en')} of ${rows.toLocaleString('en')}`)
  }

  /** A line of its own, between the progress. */
  say(line: string): void {
    this.end()
    this.#screen.write(`  ${line}\n`)
  }

  /** Clears the running line. */
  end(): void {
    if (this.#isOpen) this.#screen.write('\r\x1b[2K')
    this.#isOpen = false
  }

  #isTime(): boolean {
    return performance.now() - this.#saidMs >= (this.#screen.isTerminal ? TERMINAL_MS : LOG_MS)
  }

  #say(text: string): void {
    this.#saidMs = performance.now()
    if (this.#screen.isTerminal) {
      this.#screen.write(`\r\x1b[2K  ${text}`)
      this.#isOpen = true
    } else this.#screen.write(`  ${text}\n`)
  }
}
