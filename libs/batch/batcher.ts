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
  /**
   * What a member needs for itself (the accounts it locks). Members that name the same thing are never in two batches at once, because the
   * second batch would only wait for the first one's locks; they keep their order.
   */
  contends?(item: Item): Iterable<string>
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
  /** Asked once, because whoever waits is looked at again and again. */
  needs: readonly string[]
  resolve(verdict: Verdict): void
  reject(error: unknown): void
}

/** From this many on, what waits is shared out among the free slots; a smaller crowd is quicker together. */
const SHARED_OUT_FROM = 32
/** How far past blocked members a batch looks for its own, in multiples of its size. */
const LOOKS_AHEAD = 4
const NOTHING: readonly string[] = []

/** How many members the next batch takes: a free slot's share of those waiting, and what it may have at most. */
function sizeOf({ maxSize, concurrency }: { maxSize: number; concurrency: number }, waiting: number, running: number) {
  const share = waiting < SHARED_OUT_FROM ? waiting : Math.ceil(waiting / (concurrency - running))
  return { share: Math.min(maxSize, share), maxSize }
}

/**
 * The next members in order, without those that a batch under way, or somebody before them in the queue, holds up. Beyond its share of them a batch
 * takes those that would wait for it anyway: on one hot account they are all that there are. What the taken ones need goes into `held`.
 */
function takeBatch<Waiter extends { needs: readonly string[] }>(
  queue: readonly Waiter[],
  { share, maxSize }: { share: number; maxSize: number },
  running: ReadonlySet<ReadonlySet<string>>,
  held: Set<string>,
): { batch: Waiter[]; left: Waiter[] } {
  const batch: Waiter[] = []
  const left: Waiter[] = []
  const overtaken = new Set<string>()
  const isHeld = (need: string): boolean => overtaken.has(need) || running.values().some((others) => others.has(need))
  let looked = 0
  // Where nobody needs anything for himself, nobody would wait.
  const most = (): number => (held.size === 0 ? share : maxSize)
  for (; looked < queue.length && batch.length < most() && looked < share * LOOKS_AHEAD; looked++) {
    const waiting = queue[looked] as Waiter
    const isWanted = batch.length < share || waiting.needs.some((need) => held.has(need))
    const isTaken = isWanted && !waiting.needs.some(isHeld)
    for (const need of waiting.needs) (isTaken ? held : overtaken).add(need)
    ;(isTaken ? batch : left).push(waiting)
  }
  return { batch, left: left.concat(queue.slice(looked)) }
}

/**
 * Natural batching: while a batch is under way the next one gathers, and leaves as soon as a slot is free. Under no load a call goes alone
 * and at once; the busier the bank, the larger the batches. No timer, so waiting is bounded by the batches before it.
 */
export function createBatcher<Item, Verdict>(options: BatcherOptions<Item, Verdict>): Batcher<Item, Verdict> {
  const { concurrency, contends } = options
  let queue: Waiting<Item, Verdict>[] = []
  const idle: (() => void)[] = []
  /** Of each batch under way, what its members need for themselves. */
  const running = new Set<Set<string>>()
  let scheduled = false

  function submit(item: Item): Promise<Verdict> {
    if (queue.length >= options.maxQueue)
      return Promise.reject(new Fault(`${options.name} has too many requests waiting`))
    return new Promise((resolve, reject) => {
      queue.push({ item, needs: contends === undefined ? NOTHING : [...contends(item)], resolve, reject })
      schedule()
    })
  }

  // One turn of the event loop later, so that calls of one tick travel together.
  function schedule(): void {
    if (scheduled || running.size >= concurrency) return
    scheduled = true
    setImmediate(() => {
      scheduled = false
      while (running.size < concurrency && queue.length > 0) {
        const held = new Set<string>()
        const { batch, left } = takeBatch(queue, sizeOf(options, queue.length, running.size), running, held)
        queue = left
        // What waits is held up by a batch under way, whose end schedules again.
        if (batch.length === 0) return
        void runBatch(batch, held)
      }
    })
  }

  async function runBatch(batch: Waiting<Item, Verdict>[], held: Set<string>): Promise<void> {
    running.add(held)
    try {
      const verdicts = await options.run(batch.map((waiting) => waiting.item))
      if (verdicts.length !== batch.length)
        throw new Error(`${options.name}: ${verdicts.length} verdicts for ${batch.length} members`)
      for (let i = 0; i < batch.length; i++) batch[i]?.resolve(verdicts[i] as Verdict)
    } catch (error) {
      for (const waiting of batch) waiting.reject(error)
    } finally {
      running.delete(held)
      if (queue.length > 0) schedule()
      else if (running.size === 0) for (const wake of idle.splice(0)) wake()
    }
  }

  return {
    submit,
    submitAll: (items) => items.map(submit),
    drain: () =>
      running.size === 0 && queue.length === 0 ? Promise.resolve() : new Promise((resolve) => idle.push(resolve)),
    get queued() {
      return queue.length
    },
  }
}
