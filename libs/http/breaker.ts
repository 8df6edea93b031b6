/** What came of a request to an address: it answered, it answered that it cannot now (503), or no answer came. */
export type Outcome = 'answered' | 'busy' | 'failed'

/** Failures in a row after which an address is left alone. */
const FAILURES_TO_OPEN = 3
/** For how long at first and at most; it doubles with every trial that fails. */
const OPEN_MS = 250
const OPEN_AT_MOST_MS = 2_000
/** An address that failed once, or said that it cannot, is the last choice for so long. */
const SHUNNED_MS = 1_000

/** How likely an address is to answer, best first. */
export type Standing = 'good' | 'shunned' | 'trial' | 'open'

/**
 * What this process knows of one address: how many of its requests are under way there, and whether it answers. After failures in a row
 * nothing is sent for a while, then one request tries it (the others go on being refused at once, not one after the other after a timeout).
 */
export class AddressHealth {
  readonly base: string
  under_way = 0
  /** What its own `/ready` said last; true where nobody asks. */
  isReady = true
  #failures = 0
  #openUntilMs = 0
  #shunnedUntilMs = 0
  #isTried = false

  constructor(base: string) {
    this.base = base
  }

  standing(nowMs: number): Standing {
    if (this.#failures >= FAILURES_TO_OPEN) return nowMs < this.#openUntilMs || this.#isTried ? 'open' : 'trial'
    return this.isReady && nowMs >= this.#shunnedUntilMs ? 'good' : 'shunned'
  }

  /** A request goes there; the function that is returned takes what came of it, or undefined when it was given up for reasons of our own. */
  begin(nowMs: number): (outcome: Outcome | undefined, nowMs: number) => void {
    const isTrial = this.standing(nowMs) === 'trial'
    if (isTrial) this.#isTried = true
    this.under_way += 1
    return (outcome, endedMs) => {
      this.under_way -= 1
      if (isTrial) this.#isTried = false
      if (outcome !== undefined) this.note(outcome, endedMs)
    }
  }

  /** Takes in what was seen of it. */
  note(outcome: Outcome, nowMs: number): void {
    if (outcome === 'answered') {
      this.#failures = 0
      this.#shunnedUntilMs = 0
      return
    }
    this.#shunnedUntilMs = nowMs + SHUNNED_MS
    this.#failures = outcome === 'busy' ? 0 : this.#failures + 1
    const doubled = OPEN_MS * 2 ** Math.min(10, this.#failures - FAILURES_TO_OPEN)
    if (this.#failures >= FAILURES_TO_OPEN) this.#openUntilMs = nowMs + Math.min(doubled, OPEN_AT_MOST_MS)
  }
}

const ORDER: readonly Standing[] = ['good', 'shunned', 'trial']

/** The address to send to: of the best standing the one with the least under way, the longest unused first. Undefined when all are left alone. */
export function choose(addresses: readonly AddressHealth[], nowMs: number): AddressHealth | undefined {
  for (const wanted of ORDER) {
    const equals = addresses.filter((one) => one.standing(nowMs) === wanted)
    if (equals.length > 0) return equals.reduce((best, one) => (one.under_way < best.under_way ? one : best))
  }
  return undefined
}
