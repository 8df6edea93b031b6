import type { PartState } from '#services/api-gateway/src/health.ts'

/** Whether a process should be sent requests, besides what its services say. `/health` is another question: whether it lives. */
export class Readiness {
  #isDraining = false

  /** From now on `/ready` says 503; requests are still answered. */
  drain(): void {
    this.#isDraining = true
  }

  /** Its part of `/ready`. */
  parts(): PartState[] {
    return this.#isDraining ? [{ name: 'process', isReady: false, detail: 'it is being stopped' }] : []
  }
}
