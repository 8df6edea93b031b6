import { setTimeout as sleep } from 'node:timers/promises'
import type { Discovery } from '#libs/http/discovery.ts'
import type { PartState } from '#services/api-gateway/src/health.ts'

const LOOK_MS = 200
/** A process that starts while a service is down for long is of use to whoever needs the others. */
const MEETING_MS = 30_000

/** Whether a process should be sent requests, besides what its services say. `/health` is another question: whether it lives. */
export class Readiness {
  readonly #unmet = new Set<string>()
  #isDraining = false

  /**
   * Not ready until one process of each of these services was seen alive, or half a minute is over: processes that are started together would refuse what
   * they need each other for. Asked once: what becomes of others later makes nobody unready, so that one failure is not everybody's.
   */
  async meet(others: Pick<Discovery, 'knows' | 'lives'>, services: readonly string[]): Promise<void> {
    for (const service of services) if (others.knows(service)) this.#unmet.add(service)
    const until = performance.now() + MEETING_MS
    while (this.#unmet.size > 0 && performance.now() < until && !this.#isDraining) {
      await Promise.all(
        [...this.#unmet].map(async (service) => {
          if (await others.lives(service)) this.#unmet.delete(service)
        }),
      )
      if (this.#unmet.size > 0) await sleep(LOOK_MS, undefined, { ref: false })
    }
    this.#unmet.clear()
  }

  /** From now on `/ready` says 503; requests are still answered. */
  drain(): void {
    this.#isDraining = true
  }

  /** Its part of `/ready`. */
  parts(): PartState[] {
    if (this.#isDraining) return [{ name: 'process', isReady: false, detail: 'it is being stopped' }]
    if (this.#unmet.size === 0) return []
    return [{ name: 'process', isReady: false, detail: `it has not met ${[...this.#unmet].join(', ')} yet` }]
  }
}
