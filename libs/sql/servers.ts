import { setTimeout as sleep } from 'node:timers/promises'
import type { Address } from './server-url.ts'

/** What a server says of itself. */
export interface ServerPart {
  is_replica: boolean
  /** The history that it writes: a promotion begins a new one. */
  timeline: number
}

const FIND_WITHIN_MS = 5_000
const ASK_AGAIN_MS = 100
/** How long others may still answer after one said that it is the primary. */
const OTHERS_WITHIN_MS = 500

/**
 * Several servers of which one accepts writes. It is looked for before the first connection and again after any connection has ended: the end of
 * one may have been a failover. All pools of a target ask at once and share the answer.
 */
export class Servers {
  readonly #addresses: readonly Address[]
  readonly #ask: (at: Address) => Promise<ServerPart>
  #primary: Address | undefined
  #finding: Promise<Address> | undefined

  constructor(addresses: readonly Address[], ask: (at: Address) => Promise<ServerPart>) {
    this.#addresses = addresses
    this.#ask = ask
  }

  /** The primary; rejects with code CONNECTION_NO_PRIMARY when none is found within five seconds. */
  pick(): Address | Promise<Address> {
    if (this.#primary !== undefined) return this.#primary
    this.#finding ??= this.#find().finally(() => {
      this.#finding = undefined
    })
    return this.#finding
  }

  /** A connection has ended: who is the primary is not known any more. */
  forget(): void {
    this.#primary = undefined
  }

  async #find(): Promise<Address> {
    for (const until = Date.now() + FIND_WITHIN_MS; Date.now() < until; await sleep(ASK_AGAIN_MS)) {
      const found = await this.#primaryNow()
      if (found === undefined) continue
      this.#primary = found
      return found
    }
    const message = `none of ${this.#addresses.map(({ host, port }) => `${host}:${port}`).join(', ')} is a primary`
    throw Object.assign(new Error(message), { code: 'CONNECTION_NO_PRIMARY' })
  }

  /** Of two that say so, one was not fenced and is of the past: the later history counts. */
  async #primaryNow(): Promise<Address | undefined> {
    const primaries: { at: Address; timeline: number }[] = []
    const first = Promise.withResolvers<void>()
    const answers = this.#addresses.map(async (at) => {
      try {
        const { is_replica, timeline } = await this.#ask(at)
        if (is_replica) return
        primaries.push({ at, timeline })
        first.resolve()
      } catch {
        // Whoever does not answer is not the primary now.
      }
    })
    const all = Promise.all(answers)
    await Promise.race([all, first.promise.then(() => Promise.race([all, sleep(OTHERS_WITHIN_MS)]))])
    return primaries.toSorted((a, b) => b.timeline - a.timeline)[0]?.at
  }
}
