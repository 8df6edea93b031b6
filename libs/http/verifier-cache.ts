import { hash } from 'node:crypto'

/** How long a verified token is not looked at again: a key that was taken out of the set stops counting after that. */
const KEPT_MS = 30_000
const MOST_KEPT = 10_000

/**
 * What tokens were found to say, by their SHA-256 for 30 seconds, those used last. The caller looks at time and revocation at every hit;
 * proofs of possession are nobody's to keep.
 */
export class VerifiedTokens<Found> {
  readonly #kept = new Map<string, { found: Found; untilMs: number }>()

  get(token: string, nowMs: number): Found | undefined {
    const key = hash('sha256', token, 'base64url')
    const kept = this.#kept.get(key)
    if (kept === undefined) return undefined
    this.#kept.delete(key)
    if (kept.untilMs <= nowMs) return undefined
    // Maps keep the order of insertion: what is put back stands last, and goes last.
    this.#kept.set(key, kept)
    return kept.found
  }

  set(token: string, found: Found, nowMs: number): void {
    if (this.#kept.size >= MOST_KEPT) this.#kept.delete(this.#kept.keys().next().value as string)
    this.#kept.set(hash('sha256', token, 'base64url'), { found, untilMs: nowMs + KEPT_MS })
  }
}
