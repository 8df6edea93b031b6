import type { Admin } from '@platformatic/kafka'
import { connectionOf, type KafkaOptions, type KafkaTeller, kafkaPackage } from './options.ts'
import { within } from './within.ts'

const MAKE_MS = 60_000

/** Makes the topics that a process needs, each once. */
export class Topics {
  readonly #options: KafkaOptions
  readonly #teller: KafkaTeller
  readonly #made = new Map<string, Promise<void>>()

  constructor(options: KafkaOptions, teller: KafkaTeller) {
    this.#options = options
    this.#teller = teller
  }

  /** Resolves when all of these topics are there; rejects while Kafka does not answer or refuses them, and may be asked again. */
  async ensure(topics: readonly string[]): Promise<void> {
    await Promise.all(topics.map((topic) => this.#ensureOne(topic)))
  }

  #ensureOne(topic: string): Promise<void> {
    const known = this.#made.get(topic)
    if (known !== undefined) return known
    const making = this.#make(topic).catch((error: unknown) => {
      this.#made.delete(topic)
      throw error
    })
    this.#made.set(topic, making)
    return making
  }

  async #make(topic: string): Promise<void> {
    const { Admin } = await kafkaPackage()
    const admin = new Admin(connectionOf(this.#options, 'bankflow-topics'))
    const making = async (): Promise<void> => {
      if (!(await this.#isThere(admin, topic))) await this.#create(admin, topic)
    }
    try {
      await within(MAKE_MS, `to make the topic ${topic}`, making())
    } finally {
      void admin.close().catch(() => {})
    }
  }

  async #create(admin: Admin, topic: string): Promise<void> {
    const { partitions, replicas, retentionMs } = this.#options
    const configs = [
      { name: 'cleanup.policy', value: 'delete' },
      { name: 'retention.ms', value: String(retentionMs) },
      { name: 'min.insync.replicas', value: String(Math.max(1, replicas - 1)) },
    ]
    try {
      await admin.createTopics({ topics: [topic], partitions, replicas, configs })
    } catch (error) {
      if (hasCode(error, 'TOPIC_ALREADY_EXISTS')) return
      if (hasCode(error, 'INVALID_REPLICATION_FACTOR')) {
        const message = `Kafka has too few brokers for ${replicas} replicas of ${topic}`
        this.#teller.alarm(`${message}; start more, or set BANKFLOW_KAFKA_REPLICAS`, {})
        throw new Error(message, { cause: error })
      }
      throw error
    }
  }

  async #isThere(admin: Admin, topic: string): Promise<boolean> {
    const topics = await admin.listTopics()
    if (!topics.includes(topic)) return false
    const known = (await admin.metadata({ topics: [topic], forceUpdate: true })).topics.get(topic)
    const { partitions, replicas } = this.#options
    const found = { partitions: known?.partitionsCount, replicas: known?.partitions[0]?.replicas.length }
    if (found.partitions !== partitions || found.replicas !== replicas)
      this.#teller.warn('a topic is not as the settings say, and stays as it is', {
        topic,
        found,
        wanted: { partitions, replicas },
      })
    return true
  }
}

/** Whether an error of the package is, or holds, one of Kafka's own by its name. */
function hasCode(error: unknown, apiId: string): boolean {
  if (!(error instanceof Error)) return false
  if ('apiId' in error && error.apiId === apiId) return true
  if (error instanceof AggregateError && error.errors.some((one) => hasCode(one, apiId))) return true
  return hasCode(error.cause, apiId)
}
