import type { Producer } from '@platformatic/kafka'
import type { OutgoingRecord, Publisher } from '#libs/outbox/stream.ts'
import { connectionOf, inOneLine, type KafkaOptions, kafkaPackage, neverForgetting } from './options.ts'
import type { Topics } from './topics.ts'
import { within } from './within.ts'

type TextProducer = Producer<string, string, string, string>

/** A sending that takes longer is begun anew. */
const SEND_MS = 60_000
const CLOSE_MS = 5_000

/**
 * Sends to Kafka, one sending after the other. The producer is idempotent, so a repeat of its own is appended once and in order; after a
 * failure a new one begins, because nobody knows what the old one left.
 */
export class KafkaPublisher implements Publisher {
  readonly #options: KafkaOptions
  readonly #service: string
  readonly #topics: Topics
  readonly #needed: readonly string[]
  #producer: TextProducer | undefined

  constructor(options: KafkaOptions, service: string, topics: Topics, needed: readonly string[]) {
    this.#options = options
    this.#service = service
    this.#topics = topics
    this.#needed = needed
  }

  async send(records: readonly OutgoingRecord[]): Promise<void> {
    try {
      await this.#send(records)
    } catch (error) {
      throw inOneLine(error)
    }
  }

  async close(): Promise<void> {
    const producer = this.#producer
    this.#producer = undefined
    if (producer !== undefined) await closed(producer)
  }

  async #send(records: readonly OutgoingRecord[]): Promise<void> {
    const producer = this.#producer ?? (await this.#open())
    this.#producer = producer
    const { ProduceAcks } = await kafkaPackage()
    const { prefix, compression } = this.#options
    const messages = records.map(({ topic, key, value }) => ({ topic: prefix + topic, key, value }))
    try {
      await within(SEND_MS, 'to send', producer.send({ messages, acks: ProduceAcks.ALL, compression }))
    } catch (error) {
      this.#producer = undefined
      await closed(producer)
      throw error
    }
  }

  async #open(): Promise<TextProducer> {
    await this.#topics.ensure(this.#needed)
    const { Producer, stringSerializers } = await kafkaPackage()
    const connection = connectionOf(this.#options, this.#service)
    return neverForgetting(new Producer({ ...connection, idempotent: true, serializers: stringSerializers }))
  }
}

async function closed(producer: TextProducer): Promise<void> {
  await within(CLOSE_MS, 'to close a producer', producer.close()).catch(() => {})
}
