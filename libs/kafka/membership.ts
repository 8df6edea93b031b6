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

/** A member whose heartbeats fail for this long joins again. */
const STALLED_MS = 12_000
/** A consumer that cannot join again for this long is given up for a new one: a new member waits until the old one is missed. */
const GIVEN_UP_MS = 60_000

/**
 * One process's place in the group of its service: shared by the streams of all producers that the service follows. It is held through the
 * loss of a broker, because the group would wait for a member that is gone.
 */
export class Membership {
  readonly #options: KafkaOptions
  readonly #service: string
  readonly #topics: Topics
  readonly #wanted = new Set<string>()
  #consumer: ByteConsumer | undefined
  #isJoined = false
  #joining: Promise<ByteConsumer> | undefined
  #failingSince: number | undefined

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
  async consumer(): Promise<ByteConsumer> {
    if (this.#consumer !== undefined && this.#isJoined) return this.#consumer
    this.#joining ??= this.#join().finally(() => {
      this.#joining = undefined
    })
    return this.#joining
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

  /** Gives the consumer up, or only the one that is named, so that who asks next joins anew. Its streams find themselves closed. */
  async leave(named?: ByteConsumer): Promise<void> {
    await this.#joining?.catch(() => {})
    const consumer = this.#consumer
    if (consumer === undefined || (named !== undefined && named !== consumer)) return
    this.#consumer = undefined
    this.#isJoined = false
    this.#failingSince = undefined
    await consumer.close(true).catch(() => {})
  }

  /** How far behind the group is in the partitions that this process reads, by topic. */
  async lag(): Promise<{ group: string; topic: string; records: number }[]> {
    const consumer = this.#consumer
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
    this.#consumer ??= await this.#make()
    const consumer = this.#consumer
    try {
      await consumer.joinGroup({})
      this.#isJoined = true
      this.#failingSince = undefined
      return consumer
    } catch (error) {
      const now = performance.now()
      this.#failingSince ??= now
      if (now - this.#failingSince > GIVEN_UP_MS) {
        this.#consumer = undefined
        this.#failingSince = undefined
        await consumer.close(true).catch(() => {})
      }
      throw error
    }
  }

  async #make(): Promise<ByteConsumer> {
    const { Consumer } = await kafkaPackage()
    const consumer: ByteConsumer = new Consumer({
      ...connectionOf(this.#options, this.#service),
      groupId: this.#options.prefix + this.#service,
      protocols: [{ name: 'cooperative-sticky', version: 3 }],
      sessionTimeout: SESSION_MS,
      rebalanceTimeout: REBALANCE_MS,
      heartbeatInterval: HEARTBEAT_MS,
      heartbeatStallTimeout: STALLED_MS,
    })
    consumer.topics.trackAll(...this.#wanted)
    const lost = (): void => {
      this.#isJoined = false
    }
    // After an error here no heartbeat is sent any more.
    consumer.on('error', lost)
    consumer.on('consumer:heartbeat:stalled', lost)
    return consumer
  }
}
