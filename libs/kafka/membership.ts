import type { Consumer, MessagesStream } from '@platformatic/kafka'
import { connectionOf, type KafkaOptions, kafkaPackage } from './options.ts'
import type { Topics } from './topics.ts'

export type ByteConsumer = Consumer<Buffer, Buffer, Buffer, Buffer>
export type ByteStream = MessagesStream<Buffer, Buffer, Buffer, Buffer>

/** A member that died is missed for this long; its partitions then go to others. */
const SESSION_MS = 10_000
const REBALANCE_MS = 20_000
const HEARTBEAT_MS = 1_000
/** How long a fetch waits at the broker for the first record; a stop waits for it. */
const FETCH_WAIT_MS = 1_000
/** Records fetched ahead of who polls. */
const AHEAD = 500

/** One process's place in the group of its service: shared by the streams of all producers that the service follows. */
export class Membership {
  readonly #options: KafkaOptions
  readonly #service: string
  readonly #topics: Topics
  readonly #wanted = new Set<string>()
  #open: Promise<ByteConsumer> | undefined

  constructor(options: KafkaOptions, service: string, topics: Topics) {
    this.#options = options
    this.#service = service
    this.#topics = topics
  }

  /** The names, at Kafka, of topics that are followed. All are said before the first is read: to add one makes the whole group share out anew. */
  want(topics: readonly string[]): string[] {
    const names = topics.map((topic) => this.#options.prefix + topic)
    for (const name of names) this.#wanted.add(name)
    return names
  }

  /** The consumer, once it has joined the group. Rejects while that is not possible, and may be asked again. */
  consumer(): Promise<ByteConsumer> {
    this.#open ??= this.#join().catch((error: unknown) => {
      this.#open = undefined
      throw error
    })
    return this.#open
  }

  /** A stream of some of the topics, from what the group has committed, or from the beginning. */
  async read(names: readonly string[]): Promise<{ consumer: ByteConsumer; stream: ByteStream }> {
    const consumer = await this.consumer()
    const { MessagesStreamModes, MessagesStreamFallbackModes } = await kafkaPackage()
    const stream = await consumer.consume({
      topics: [...names],
      mode: MessagesStreamModes.COMMITTED,
      fallbackMode: MessagesStreamFallbackModes.EARLIEST,
      autocommit: false,
      maxWaitTime: FETCH_WAIT_MS,
      highWaterMark: AHEAD,
    })
    return { consumer, stream }
  }

  /** Gives a consumer up, so that the next who asks joins anew. Others that had it find their streams closed. */
  async leave(consumer?: ByteConsumer): Promise<void> {
    const open = await this.#open?.catch(() => undefined)
    if (open === undefined || (consumer !== undefined && consumer !== open)) return
    this.#open = undefined
    await open.close(true).catch(() => {})
  }

  /** How far behind the group is in the partitions that this process reads, by topic. */
  async lag(): Promise<{ group: string; topic: string; records: number }[]> {
    const consumer = await this.#open
    if (consumer === undefined || !consumer.isActive()) return []
    const lags = await consumer.getLag({ topics: [...this.#wanted] })
    const group = this.#options.prefix + this.#service
    return [...lags].map(([topic, partitions]) => {
      // Partitions of others have a negative one.
      const records = partitions.reduce((sum, lag) => (lag > 0n ? sum + Number(lag) : sum), 0)
      return { group, topic, records }
    })
  }

  async #join(): Promise<ByteConsumer> {
    await this.#topics.ensure([...this.#wanted])
    const { Consumer } = await kafkaPackage()
    const consumer: ByteConsumer = new Consumer({
      ...connectionOf(this.#options, this.#service),
      groupId: this.#options.prefix + this.#service,
      protocols: [{ name: 'cooperative-sticky', version: 3 }],
      sessionTimeout: SESSION_MS,
      rebalanceTimeout: REBALANCE_MS,
      heartbeatInterval: HEARTBEAT_MS,
    })
    try {
      consumer.topics.trackAll(...this.#wanted)
      await consumer.joinGroup({})
      return consumer
    } catch (error) {
      await consumer.close(true).catch(() => {})
      throw error
    }
  }
}
