/** No place is left in a line: the caller should answer 503 and let the client come again. */
export class TooBusy extends Error {
  override readonly name = 'TooBusy'
}

/** Runs work with bounds on how much runs at once and how much waits. */
export type BoundedLine = <T>(work: () => Promise<T>) => Promise<T>

/** At most `running` works at once, in the order they came; the one after `waiting` in line rejects with TooBusy. */
export function boundedLine(bounds: { readonly running: number; readonly waiting: number }): BoundedLine {
  const waiting: (() => void)[] = []
  let running = 0

  return async function inLine<T>(work: () => Promise<T>): Promise<T> {
    if (running < bounds.running) running += 1
    else if (waiting.length >= bounds.waiting) throw new TooBusy(`${bounds.waiting} are waiting already`)
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await work()
    } finally {
      // The place passes straight to the next in line, so that a newcomer cannot slip in between.
      const next = waiting.shift()
      if (next) next()
      else running -= 1
    }
  }
}
