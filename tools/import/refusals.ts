import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'

/** A row that is not in the books, and why. */
export interface Refusal {
  line: number
  /** Who refused it. */
  by: 'reader' | 'bank'
  reason: string
}

const SHOWN = 20

/** Keeps the first refusals for the screen and writes all of them to a file where one is named. */
export class Refusals {
  by_reader = 0
  by_bank = 0
  readonly #first: Refusal[] = []
  readonly #file: WriteStream | undefined
  #fault: Error | undefined

  /** `path` of a CSV file that is made anew. */
  constructor(path: string | undefined) {
    if (path === undefined) return
    this.#file = createWriteStream(path)
    this.#file.on('error', (error) => {
      this.#fault = error
    })
    this.#file.write('line,refused_by,reason\n')
  }

  async add(refusal: Refusal): Promise<void> {
    if (refusal.by === 'reader') this.by_reader += 1
    else this.by_bank += 1
    if (this.#first.length < SHOWN) this.#first.push(refusal)
    if (this.#file === undefined || this.#fault !== undefined) return
    const text = `${refusal.line},${refusal.by},"${refusal.reason.replaceAll('"', '""')}"\n`
    if (!this.#file.write(text)) await Promise.race([once(this.#file, 'drain'), once(this.#file, 'close')])
  }

  get count(): number {
    return this.by_reader + this.by_bank
  }

  /** The first twenty that were found; those of the bank come after those of the reader. */
  get first(): readonly Refusal[] {
    return this.#first
  }

  /** Completes the file. Throws what kept it from being written. */
  async close(): Promise<void> {
    if (this.#file !== undefined && this.#fault === undefined) await finished(this.#file.end())
    if (this.#fault !== undefined) throw this.#fault
  }
}
