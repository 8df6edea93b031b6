import { createHash } from 'node:crypto'

const KEPT = 50

/** What was decided, in order: its hash says whether two runs were the same, its end what led to a failure. */
export class Trace {
  readonly #hash = createHash('sha256')
  readonly #last: string[] = []
  readonly #print: ((line: string) => void) | undefined
  readonly #counts = new Map<string, number>()

  constructor(print?: (line: string) => void) {
    this.#print = print
  }

  /** Records a decision; `bytes` are what went over the wire with it, ids and times included. */
  add(kind: string, line: string, bytes?: Uint8Array): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1)
    const text = `${kind} ${line}`
    this.#hash.update(`${text}\n`)
    if (bytes !== undefined) this.#hash.update(bytes)
    this.#last.push(text)
    if (this.#last.length > KEPT) this.#last.shift()
    this.#print?.(text)
  }

  /** The last decisions, oldest first. */
  get last(): readonly string[] {
    return this.#last
  }

  /** How often each kind of decision was taken. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts
  }

  /** The hash of everything so far. */
  digest(): string {
    return this.#hash.copy().digest('hex').slice(0, 16)
  }
}
