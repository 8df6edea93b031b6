import type { Producer } from '@platformatic/kafka'
import type { OutgoingRecord, Publisher } from '#libs/outbox/stream.ts'
import { connectionOf, inOneLine, type KafkaOptions, kafkaPackage } from './options.ts'
import type { Topics } from './topics.ts'

type TextProducer = Producer<string, string, string, string>

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
    await producer?.close().catch(() => {})
  }

  async #send(records: readonly OutgoingRecord[]): Promise<void> {
    const producer = this.#producer ?? (await this.#open())
    this.#producer = producer
    const { ProduceAcks } = await kafkaPackage()
    const { prefix, compression } = this.#options
    const messages = records.map(({ topic, key, value }) => ({ topic: prefix + topic, key, value }))
    try {
      await producer.send({ messages, acks: ProduceAcks.ALL, compression })
    } catch (error) {
      this.#producer = undefined
      await producer.close().catch(() => {})
      throw error
    }
  }

  async #open(): Promise<TextProducer> {
    await this.#topics.ensure(this.#needed)
    const { Producer, stringSerializers } = await kafkaPackage()
    return new Producer({
      ...connectionOf(this.#options, this.#service),
      idempotent: true,
      serializers: stringSerializers,
    })
  }
}
