import type { Consumer, MessagesStream } from '@platformatic/kafka'
import { dealt } from './dealing.ts'
import { connectionOf, type KafkaOptions, kafkaPackage, neverForgetting } from './options.ts'
import type { Topics } from './topics.ts'
import { TookTooLong, within } from './within.ts'

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
/** A consumer that is no active member for this long joins again, even if it says nothing. */
const OUT_MS = 5_000
/** A consumer that cannot join again for this long is given up for a new one: a new member waits until the old one is missed. */
const GIVEN_UP_MS = 15_000
/** Longer than all members may take to come together, and the tries of one that must wait for them. */
const JOIN_MS = 45_000
const CONSUME_MS = 30_000
const LAG_MS = 10_000
/** How long a leave may take; a member that could not say that it leaves is missed after a while. */
const LEAVE_MS = 5_000

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
  #inactiveSince: number | undefined
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
    if (this.#consumer !== undefined && this.#isJoined && !this.#isOut(this.#consumer)) return this.#consumer
    this.#joining ??= this.#join().finally(() => {
      this.#joining = undefined
    })
    return this.#joining
  }

  /** A stream of some of the topics, from what the group has committed, or from the beginning. It may be destroyed already. */
  async read(names: readonly string[]): Promise<{ consumer: ByteConsumer; stream: ByteStream }> {
    const consumer = await this.consumer()
    const { MessagesStreamModes, MessagesStreamFallbackModes } = await kafkaPackage()
    const begun = Promise.withResolvers<ByteStream>()
    const options = {
      topics: [...names],
      mode: MessagesStreamModes.COMMITTED,
      fallbackMode: MessagesStreamFallbackModes.EARLIEST,
      autocommit: false,
      maxWaitTime: FETCH_WAIT_MS,
      highWaterMark: AHEAD,
    }
    let isAwaited = true
    consumer.consume(options, (error, stream) => {
      // At once: one that breaks before anybody listens would end the process.
      stream?.on('error', () => {})
      if (!isAwaited) stream?.destroy()
      if (stream === undefined || error) begun.reject(error)
      else begun.resolve(stream)
    })
    try {
      return { consumer, stream: await within(CONSUME_MS, 'to begin a stream', begun.promise) }
    } catch (error) {
      isAwaited = false
      throw error
    }
  }

  /** Gives the consumer up, or only the one that is named, so that who asks next joins anew. Its streams find themselves closed. */
  async leave(named?: ByteConsumer): Promise<void> {
    await this.#joining?.catch(() => {})
    const consumer = this.#consumer
    if (consumer === undefined || (named !== undefined && named !== consumer)) return
    await this.#giveUp(consumer)
  }

  /** How far behind the group is in the partitions that this process reads, by topic. */
  async lag(): Promise<{ group: string; topic: string; records: number }[]> {
    const consumer = this.#consumer
    if (consumer === undefined || !consumer.isActive()) return []
    const lags = await within(LAG_MS, 'to tell the lag', consumer.getLag({ topics: [...this.#wanted] }))
    const group = this.#options.prefix + this.#service
    return [...lags].map(([topic, partitions]) => {
      // Partitions of others have a negative one.
      const records = partitions.reduce((sum, lag) => (lag > 0n ? sum + Number(lag) : sum), 0)
      return { group, topic, records }
    })
  }

  /** The package may end up without a place in the group and with nothing under way to get one (a commit and a heartbeat learn at once that it is out). */
  #isOut(consumer: ByteConsumer): boolean {
    if (consumer.isActive()) {
      this.#inactiveSince = undefined
      this.#failingSince = undefined
    } else this.#inactiveSince ??= performance.now()
    return this.#inactiveSince !== undefined && performance.now() - this.#inactiveSince > OUT_MS
  }

  async #join(): Promise<ByteConsumer> {
    await this.#topics.ensure([...this.#wanted])
    this.#consumer ??= await this.#make()
    const consumer = this.#consumer
    try {
      await within(JOIN_MS, 'to join the group', consumer.joinGroup({}))
      this.#isJoined = true
      this.#inactiveSince = undefined
      this.#failingSince = undefined
      return consumer
    } catch (error) {
      const now = performance.now()
      this.#failingSince ??= now
      // Whoever asks the same consumer again is handed the same answer that does not come.
      const isHopeless = error instanceof TookTooLong || now - this.#failingSince > GIVEN_UP_MS
      if (isHopeless) await this.#giveUp(consumer)
      throw error
    }
  }

  /** Its heartbeats end, also where it cannot say that it leaves: nobody would read the partitions that it held on to. */
  async #giveUp(consumer: ByteConsumer): Promise<void> {
    this.#consumer = undefined
    this.#isJoined = false
    this.#failingSince = undefined
    const leaving = consumer.close(true)
    await within(LEAVE_MS, 'to leave the group', leaving).catch(() => {
      void consumer.connections.close().catch(() => {})
      // One that could not close is open again, and its timer runs.
      void leaving.catch(() => consumer.close(true)).catch(() => {})
    })
  }

  async #make(): Promise<ByteConsumer> {
    const { Consumer } = await kafkaPackage()
    const consumer: ByteConsumer = new Consumer({
      ...connectionOf(this.#options, this.#service),
      groupId: this.#options.prefix + this.#service,
      protocols: [{ name: 'roundrobin', version: 1 }],
      partitionAssigner: dealt,
      sessionTimeout: SESSION_MS,
      rebalanceTimeout: REBALANCE_MS,
      heartbeatInterval: HEARTBEAT_MS,
      heartbeatStallTimeout: STALLED_MS,
    })
    neverForgetting(consumer)
    consumer.topics.trackAll(...this.#wanted)
    const lost = (): void => {
      if (this.#consumer === consumer) this.#isJoined = false
    }
    // After an error here no heartbeat is sent any more.
    consumer.on('error', lost)
    consumer.on('consumer:heartbeat:stalled', lost)
    return consumer
  }
}
