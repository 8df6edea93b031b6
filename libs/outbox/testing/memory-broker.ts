import { fromRecord } from '../cloud-event.ts'
import type { OutgoingRecord, PollOptions, Publisher, Stream, StreamRecord } from '../stream.ts'

const PARTITIONS = 4

interface Placed extends StreamRecord {
  partition: string
  offset: number
}

interface Group {
  members: MemoryStream[]
  committed: Map<string, number>
}

/** A broker in memory that does what brokers do: keeps records by key, shares partitions among the members of a group, and repeats itself. */
export class MemoryBroker {
  readonly #partitions = new Map<string, OutgoingRecord[]>()
  readonly #groups = new Map<string, Group>()
  /** Called before each sending; it may throw, before or after `deliver` has appended the records. */
  onSend: (deliver: () => void, records: readonly OutgoingRecord[]) => void = (deliver) => deliver()
  /** Commits that arrive; the others are lost without a word. */
  isCommitKept: () => boolean = () => true

  get publisher(): Publisher {
    return {
      send: async (records) => this.onSend(() => this.append(records), records),
      close: async () => {},
    }
  }

  append(records: readonly OutgoingRecord[]): void {
    for (const record of records) {
      const partition = `${record.topic}:${hashOf(record.key) % PARTITIONS}`
      this.recordsOf(partition).push(record)
    }
    this.#wake()
  }

  recordsOf(partition: string): OutgoingRecord[] {
    const records = this.#partitions.get(partition) ?? []
    this.#partitions.set(partition, records)
    return records
  }

  /** Everything that was sent, partition by partition. */
  get sent(): OutgoingRecord[] {
    return [...this.#partitions.values()].flat()
  }

  groupOf(name: string): Group {
    const group = this.#groups.get(name) ?? { members: [], committed: new Map() }
    this.#groups.set(name, group)
    return group
  }

  /** A new member of a group: the partitions of all its members are shared out again. */
  join(group: string, producer: string, topics: readonly string[]): Stream {
    const partitions = topics.flatMap((topic) => Array.from({ length: PARTITIONS }, (_, i) => `${topic}:${i}`))
    const stream = new MemoryStream(this, group, producer, partitions)
    this.groupOf(group).members.push(stream)
    this.rebalance(group)
    return stream
  }

  leave(group: string, stream: MemoryStream): void {
    const { members } = this.groupOf(group)
    const at = members.indexOf(stream)
    if (at >= 0) members.splice(at, 1)
    this.rebalance(group)
  }

  /** Shares the partitions out: each member goes on behind what was committed, and holds on to what it already took. */
  rebalance(group: string): void {
    const { members, committed } = this.groupOf(group)
    for (const member of members) member.assigned.clear()
    for (const of of Map.groupBy(members, (member) => member.producer).values()) {
      const partitions = of[0]?.partitions ?? []
      // Another member than before gets a partition, so that each rebalance shows.
      const shift = Math.floor(Math.random() * of.length)
      for (const [i, partition] of partitions.entries())
        (of[(i + shift) % of.length] as MemoryStream).assigned.set(partition, committed.get(partition) ?? 0)
    }
    this.#wake()
  }

  #wake(): void {
    for (const { members } of this.#groups.values()) for (const member of members) member.wake()
  }
}

/** One member's view of a producer's topics. */
export class MemoryStream implements Stream {
  readonly producer: string
  readonly partitions: readonly string[]
  readonly assigned = new Map<string, number>()
  readonly #broker: MemoryBroker
  readonly #group: string
  #wake: (() => void) | undefined

  constructor(broker: MemoryBroker, group: string, producer: string, partitions: readonly string[]) {
    this.#broker = broker
    this.#group = group
    this.producer = producer
    this.partitions = partitions
  }

  wake(): void {
    this.#wake?.()
  }

  async poll({ limit, waitMs, signal }: PollOptions): Promise<readonly StreamRecord[]> {
    const found = this.#take(limit)
    if (found.length > 0 || signal.aborted) return found
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, waitMs)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
      signal.addEventListener('abort', this.#wake, { once: true })
    })
    return this.#take(limit)
  }

  #take(limit: number): Placed[] {
    const taken: Placed[] = []
    for (const [partition, from] of this.assigned) {
      const records = this.#broker.recordsOf(partition).slice(from, from + limit - taken.length)
      for (const [i, { value }] of records.entries()) {
        const record = fromRecord(value, this.producer)
        if (record !== undefined) taken.push({ ...record, partition, offset: from + i })
      }
      this.assigned.set(partition, from + records.length)
    }
    return taken
  }

  async commit(records: readonly StreamRecord[]): Promise<void> {
    if (!this.#broker.isCommitKept()) return
    const { committed } = this.#broker.groupOf(this.#group)
    for (const { partition, offset } of records as readonly Placed[])
      if (this.assigned.has(partition)) committed.set(partition, offset + 1)
  }

  async close(): Promise<void> {
    this.#broker.leave(this.#group, this)
  }
}

function hashOf(key: string): number {
  let hash = 7
  for (let i = 0; i < key.length; i++) hash = (hash * 31 + key.charCodeAt(i)) >>> 0
  return hash
}
