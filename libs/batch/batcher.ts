import { Fault } from '#libs/problem/problem.ts'

export interface BatcherOptions<Item, Verdict> {
  /** What is being gathered, for messages and metrics. */
  name: string
  /** Members of one batch at most. */
  maxSize: number
  /** Members waiting at most; one more is refused with a Fault (503), so that memory is bounded. */
  maxQueue: number
  /** Batches under way at once. */
  concurrency: number
  /** Decides a whole batch: one verdict per member, in order. Throwing fails every member. */
  run(items: readonly Item[]): Promise<readonly Verdict[]>
}

/** Gathers concurrent calls into batches. */
export interface Batcher<Item, Verdict> {
  submit(item: Item): Promise<Verdict>
  /** Several at once: they wait and are decided like single ones, in order. */
  submitAll(items: readonly Item[]): Promise<Verdict>[]
  /** Waits until nothing is queued or under way. */
  drain(): Promise<void>
  readonly queued: number
}

interface Waiting<Item, Verdict> {
  item: Item
  resolve(verdict: Verdict): void
  reject(error: unknown): void
}

/**
 * Natural batching: while a batch is under way the next one gathers, and leaves as soon as a slot is free. Under no load a call goes alone
 * and at once; the busier the bank, the larger the batches. No timer, so waiting is bounded by the batches before it.
 */
export function createBatcher<Item, Verdict>(options: BatcherOptions<Item, Verdict>): Batcher<Item, Verdict> {
  const queue: Waiting<Item, Verdict>[] = []
  const idle: (() => void)[] = []
  let running = 0
  let scheduled = false

  function submit(item: Item): Promise<Verdict> {
    if (queue.length >= options.maxQueue)
      return Promise.reject(new Fault(`${options.name} has too many requests waiting`))
    return new Promise((resolve, reject) => {
      queue.push({ item, resolve, reject })
      schedule()
    })
  }

  // One turn of the event loop later, so that calls of one tick travel together.
  function schedule(): void {
    if (scheduled || running >= options.concurrency) return
    scheduled = true
    setImmediate(() => {
      scheduled = false
      while (running < options.concurrency && queue.length > 0) void runBatch(queue.splice(0, options.maxSize))
    })
  }

  async function runBatch(batch: Waiting<Item, Verdict>[]): Promise<void> {
    running += 1
    try {
      const verdicts = await options.run(batch.map((waiting) => waiting.item))
      if (verdicts.length !== batch.length)
        throw new Error(`${options.name}: ${verdicts.length} verdicts for ${batch.length} members`)
      for (let i = 0; i < batch.length; i++) batch[i]?.resolve(verdicts[i] as Verdict)
    } catch (error) {
      for (const waiting of batch) waiting.reject(error)
    } finally {
      running -= 1
      if (queue.length > 0) schedule()
      else if (running === 0) for (const wake of idle.splice(0)) wake()
    }
  }

  return {
    submit,
    submitAll: (items) => items.map(submit),
    drain: () =>
      running === 0 && queue.length === 0 ? Promise.resolve() : new Promise((resolve) => idle.push(resolve)),
    get queued() {
      return queue.length
    },
  }
}
