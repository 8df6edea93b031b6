/** A row whose balance is not what the row before it and its own amount make. Minor units. */
export interface Break {
  line: number
  found: bigint
  expected: bigint
}

/** What a file's own balance column says of one account. */
export interface BalanceReport {
  /** Rows with a balance. */
  rows: number
  /** Oldest row first, or newest first: what fits the file better. */
  order: 'oldest first' | 'newest first'
  opening: bigint
  closing: bigint
  breaks: number
  /** The first ten. */
  first_breaks: readonly Break[]
  /** What the balances say of rows that could not be read, minor units. */
  gaps: bigint
}

const SHOWN = 10

/**
 * Follows the balance column of one account. The balance less all amounts so far never changes in a file that agrees with itself (oldest
 * first; newest first, the balance plus the amounts above it), so each row costs the same and nothing is kept.
 */
export class RunningBalance {
  #sum = 0n
  #rows = 0
  readonly #oldestFirst = new Chain()
  readonly #newestFirst = new Chain()

  /** A row in order of the file; amounts in minor units, credits positive. */
  add(line: number, minor: bigint, balance: bigint | undefined): void {
    const above = this.#sum
    this.#sum += minor
    if (balance === undefined) return
    this.#rows += 1
    this.#oldestFirst.add(line, balance, balance - this.#sum)
    this.#newestFirst.add(line, balance, balance + above)
  }

  /** A row that could not be read stood here: the next jump is its amount, not a contradiction. */
  gap(): void {
    this.#oldestFirst.isGap = true
    this.#newestFirst.isGap = true
  }

  /** Undefined when the file has no balance for this account. */
  report(): BalanceReport | undefined {
    if (this.#rows === 0) return undefined
    const isOldestFirst = this.#oldestFirst.breaks <= this.#newestFirst.breaks
    const { breaks, first_breaks, gaps, first, last } = isOldestFirst ? this.#oldestFirst : this.#newestFirst
    const common = { rows: this.#rows, breaks, first_breaks }
    return isOldestFirst
      ? { ...common, order: 'oldest first', opening: first, closing: last + this.#sum, gaps }
      : { ...common, order: 'newest first', opening: last - this.#sum, closing: first, gaps: -gaps }
  }
}

class Chain {
  first = 0n
  last = 0n
  breaks = 0
  gaps = 0n
  isGap = false
  readonly first_breaks: Break[] = []
  #has = false

  add(line: number, found: bigint, offset: bigint): void {
    const before = this.last
    this.last = offset
    if (!this.#has) {
      this.#has = true
      this.isGap = false
      this.first = offset
      return
    }
    if (offset === before) return
    if (this.isGap) {
      this.isGap = false
      this.gaps += offset - before
      return
    }
    this.breaks += 1
    if (this.first_breaks.length < SHOWN) this.first_breaks.push({ line, found, expected: found - (offset - before) })
  }
}
