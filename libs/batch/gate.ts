/** Lets some of what it is given be under way at once; the others wait in their order. */
export type Gate = <Result>(work: () => Promise<Result>) => Promise<Result>

/** A gate for `atOnce`. How many wait is bounded by whoever asks. */
export function createGate(atOnce: number): Gate {
  let under_way = 0
  const waiting: (() => void)[] = []
  return async (work) => {
    if (under_way >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve))
    else under_way += 1
    try {
      return await work()
    } finally {
      // Who waits takes the place over.
      const next = waiting.shift()
      if (next === undefined) under_way -= 1
      else next()
    }
  }
}
