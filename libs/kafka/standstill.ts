/** Offsets by partition, `topic:number`. */
export type Offsets = ReadonlyMap<string, bigint>

interface Behind {
  readonly position: bigint
  readonly sinceMs: number
}

/** Tells whether what reads a topic still does: a partition that holds more and brings nothing for long is not read any more. */
export class StandstillWatch {
  readonly #limitMs: number
  readonly #behind = new Map<string, Behind>()

  constructor(limitMs: number) {
    this.#limitMs = limitMs
  }

  /** Looks: where the reading of each partition is, and where the partition ends. Answers those that stood still, with more to come, for the whole limit. */
  look(positions: Offsets, ends: Offsets, nowMs: number): string[] {
    for (const name of this.#behind.keys()) if (!positions.has(name)) this.#behind.delete(name)
    const still: string[] = []
    for (const [name, position] of positions) {
      const known = this.#behind.get(name)
      const end = ends.get(name)
      if (end === undefined || end <= position) this.#behind.delete(name)
      else if (known?.position !== position) this.#behind.set(name, { position, sinceMs: nowMs })
      else if (nowMs - known.sinceMs >= this.#limitMs) still.push(name)
    }
    return still
  }

  /** Nothing is known of the time since the last look. */
  forget(): void {
    this.#behind.clear()
  }
}
