import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Message } from '@platformatic/kafka'
import { fromRecord } from '#libs/outbox/cloud-event.ts'
import type { PollOptions, Stream, StreamRecord } from '#libs/outbox/stream.ts'
import type { ByteConsumer, ByteStream, Membership } from './membership.ts'
import { inOneLine, type KafkaTeller, kafkaPackage } from './options.ts'
import { StandstillWatch } from './standstill.ts'
import { TookTooLong, within } from './within.ts'

type ByteMessage = Message<Buffer, Buffer, Buffer, Buffer>

/** A record with its place at Kafka, to be committed by. */
interface KafkaRecord extends StreamRecord {
  topic: string
  partition: number
  offset: bigint
  leaderEpoch: number
}

interface Reading {
  consumer: ByteConsumer
  stream: ByteStream
  /** Answers of brokers so far, be they empty. */
  fetches: number
}

/** A reading that breaks is begun anew by the same member of the group; if that does not help this often, by another. */
const FAILURES_BEFORE_LEAVING = 20
const LOOK_EVERY_MS = 10_000
/** A partition that holds more and brings nothing for so long is read by another member: longer than a rebalance. */
const STANDSTILL_MS = 30_000
/** Kafka may be slow to say how far a topic goes; a consumer that hears nothing at all is deaf. */
const LOOK_LIMIT_MS = 60_000
const COMMIT_MS = 30_000
const CLOSE_MS = 5_000

/** What only another member of the group helps against. */
class Standstill extends Error {}

/** A producer's topics as one process of a service reads them. */
export class KafkaStream implements Stream {
  readonly producer: string
  readonly #membership: Membership
  readonly #names: readonly string[]
  readonly #teller: KafkaTeller
  #reading: Reading | undefined
  #broken: Error | undefined
  /** Handled, and Kafka is not told yet: the last of each partition. */
  readonly #done = new Map<string, KafkaRecord>()
  #committing: Promise<void> | undefined
  /** Readings in a row that broke. */
  #failures = 0
  readonly #watch = new StandstillWatch(STANDSTILL_MS)
  #lookedMs = 0

  constructor(producer: string, topics: readonly string[], membership: Membership, teller: KafkaTeller) {
    this.producer = producer
    this.#names = membership.want(topics)
    this.#membership = membership
    this.#teller = teller
  }

  async poll(options: PollOptions): Promise<readonly StreamRecord[]> {
    try {
      return await this.#poll(options)
    } catch (error) {
      throw inOneLine(error)
    }
  }

  /** In the background, one request after the other, each with the latest: the next records do not wait for it. */
  async commit(records: readonly StreamRecord[]): Promise<void> {
    for (const record of records as readonly KafkaRecord[]) this.#done.set(keyOf(record), record)
    this.#tellDone()
  }

  #tellDone(): void {
    if (this.#done.size === 0) return
    this.#committing ??= this.#commitDone().finally(() => {
      this.#committing = undefined
    })
  }

  /** Only as a member: one that has no place now would be thrown out by a commit. What is not said now is said with the next poll. */
  async #commitDone(): Promise<void> {
    while (this.#done.size > 0 && this.#reading?.consumer.isActive()) {
      const { consumer } = this.#reading
      const done = [...this.#done]
      this.#done.clear()
      // What went to another member is his to say, who may be further already.
      const own = positionsOf(this.#reading, this.#names)
      const offsets = done
        .filter(([key]) => own.has(key))
        .map(([, { topic, partition, offset, leaderEpoch }]) => ({
          topic,
          partition,
          offset: offset + 1n,
          leaderEpoch,
        }))
      try {
        if (offsets.length > 0) await within(COMMIT_MS, 'to commit', consumer.commit({ offsets }))
      } catch (error) {
        for (const [key, record] of done) if (!this.#done.has(key)) this.#done.set(key, record)
        // What nobody says comes again, and the inbox knows it.
        this.#teller.warn('Kafka could not be told what is done', { producer: this.producer, error: inOneLine(error) })
        return
      }
    }
  }

  async close(): Promise<void> {
    if (this.#committing !== undefined)
      await within(CLOSE_MS, 'to commit before it ends', this.#committing).catch(() => {})
    const reading = this.#reading
    this.#reading = undefined
    if (reading !== undefined) await closed(reading.stream)
  }

  async #poll({ limit, waitMs, signal }: PollOptions): Promise<readonly StreamRecord[]> {
    const reading = this.#reading ?? (await this.#open())
    const { stream } = reading
    const consumer = await this.#membership.consumer()
    if (consumer !== reading.consumer) this.#broken ??= new Error('another member of the group reads now')
    this.#tellDone()
    this.#watchOver(reading)
    if (this.#broken !== undefined) await this.#giveUp(this.#broken)
    const found = this.#take(stream, limit)
    if (found.length > 0 || signal.aborted) return found
    await this.#untilReadable(stream, waitMs, signal)
    if (this.#broken !== undefined) await this.#giveUp(this.#broken)
    this.#failures = 0
    return this.#take(stream, limit)
  }

  async #open(): Promise<Reading> {
    const reading = { ...(await this.#membership.read(this.#names)), fetches: 0 }
    const { stream } = reading
    this.#broken = undefined
    this.#watch.forget()
    this.#lookedMs = performance.now()
    // Nothing is fetched before somebody listens.
    stream.on('readable', () => {})
    const breaks = (error: Error): void => {
      if (this.#reading === reading) this.#broken ??= error
    }
    stream.on('error', breaks)
    stream.on('close', () => breaks(new Error('Kafka no longer sends events')))
    stream.on('fetch', () => {
      reading.fetches += 1
    })
    stream.on('offsets', () => void this.#seekGaps(reading).catch(() => {}))
    this.#reading = reading
    if (stream.destroyed) breaks(stream.errored ?? new Error('Kafka sends no events'))
    return reading
  }

  /** Whether Kafka has deleted what was not handled: nobody was there for longer than it keeps records. */
  async #seekGaps({ consumer, stream }: Reading): Promise<void> {
    const committed = new Map(stream.offsetsCommitted)
    const { ListOffsetTimestamps } = await kafkaPackage()
    const topics = [...this.#names]
    const kept = await consumer.listOffsets({ topics, timestamp: ListOffsetTimestamps.EARLIEST })
    for (const [topic, firsts] of kept)
      for (const [partition, first] of firsts.entries()) {
        const from = committed.get(`${topic}:${partition}`)
        if (from !== undefined && from < first)
          this.#teller.alarm(
            'events were deleted at Kafka before they were handled: start once without KAFKA_BROKERS',
            {
              topic,
              partition,
              missed: String(first - from),
            },
          )
      }
  }

  /** From time to time, in the background, whether Kafka holds what the reading does not bring: the package may lose a partition without a word. */
  #watchOver(reading: Reading): void {
    const now = performance.now()
    if (now - this.#lookedMs < LOOK_EVERY_MS) return
    // Of a time in which nobody asked for more nothing can be said.
    if (now - this.#lookedMs > STANDSTILL_MS) this.#watch.forget()
    this.#lookedMs = Number.POSITIVE_INFINITY
    void this.#look(reading).finally(() => {
      if (this.#reading === reading) this.#lookedMs = performance.now()
    })
  }

  async #look(reading: Reading): Promise<void> {
    const { stream, fetches } = reading
    try {
      const ends = await within(LOOK_LIMIT_MS, 'to tell how far topics go', this.#ends(reading))
      // What waits here to be polled is not asked for again.
      if (this.#reading !== reading || stream.readableLength > 0) return this.#watch.forget()
      const still = this.#watch.look(positionsOf(reading, this.#names), ends, performance.now())
      if (still.length > 0)
        this.#broken ??= new Standstill(`nothing more comes of ${still.join(', ')}, and there is more`)
    } catch (error) {
      this.#watch.forget()
      const isDeaf = error instanceof TookTooLong && reading.fetches === fetches
      if (isDeaf && this.#reading === reading) this.#broken ??= new Standstill(error.message)
    }
  }

  /** Where the partitions that this process reads end. */
  async #ends({ consumer }: Reading): Promise<Map<string, bigint>> {
    const { ListOffsetTimestamps } = await kafkaPackage()
    const found = await consumer.listOffsets({ topics: [...this.#names], timestamp: ListOffsetTimestamps.LATEST })
    return new Map([...found].flatMap(([topic, ends]) => ends.map((end, i) => [`${topic}:${i}`, end] as const)))
  }

  async #untilReadable(stream: ByteStream, waitMs: number, signal: AbortSignal): Promise<void> {
    if (this.#broken !== undefined) return
    const ending = new AbortController()
    const either = AbortSignal.any([ending.signal, signal])
    const events = ['readable', 'error', 'close'].map((event) => once(stream, event, { signal: either }))
    const wait = sleep(waitMs, undefined, { signal: either })
    await Promise.race([...events, wait]).catch(() => {})
    ending.abort()
    await Promise.allSettled([...events, wait])
  }

  async #giveUp(error: Error): Promise<never> {
    const reading = this.#reading
    this.#reading = undefined
    this.#broken = undefined
    this.#failures += 1
    if (reading !== undefined) await closed(reading.stream)
    const isHopeless = error instanceof Standstill || this.#failures % FAILURES_BEFORE_LEAVING === 0
    if (isHopeless) await this.#membership.leave(reading?.consumer)
    throw error
  }

  #take(stream: ByteStream, limit: number): KafkaRecord[] {
    const records: KafkaRecord[] = []
    while (records.length < limit) {
      const message = stream.read() as ByteMessage | null
      if (message === null) break
      const record = this.#recordOf(message)
      if (record !== undefined) records.push(record)
    }
    return records
  }

  #recordOf(message: ByteMessage): KafkaRecord | undefined {
    const { topic, partition, offset, leaderEpoch } = message
    const record = fromRecord(message.value?.toString('utf8') ?? '', this.producer)
    if (record !== undefined) return { ...record, topic, partition, offset, leaderEpoch }
    this.#teller.alarm('a record that is no event of its producer is passed over', { topic, partition, offset })
    return undefined
  }
}

function keyOf({ topic, partition }: { topic: string; partition: number }): string {
  return `${topic}:${partition}`
}

/** The next offset of each partition of these topics that this process reads; before the first where that was never learned. */
function positionsOf({ consumer, stream }: Reading, topics: readonly string[]): Map<string, bigint> {
  const positions = new Map<string, bigint>()
  for (const { topic, partitions } of consumer.assignments ?? [])
    for (const partition of topics.includes(topic) ? partitions : []) {
      const key = keyOf({ topic, partition })
      positions.set(key, stream.offsetsToFetch.get(key) ?? -1n)
    }
  return positions
}

async function closed(stream: ByteStream): Promise<void> {
  await within(CLOSE_MS, 'to close a stream', stream.close()).catch(() => void stream.destroy())
}
