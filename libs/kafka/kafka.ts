import type { Broker } from '#libs/outbox/stream.ts'
import { Membership } from './membership.ts'
import type { KafkaOptions, KafkaTeller } from './options.ts'
import { KafkaPublisher } from './publisher.ts'
import { KafkaStream } from './stream.ts'
import { Topics } from './topics.ts'

/** How far a group is behind in a topic, in the partitions that this process reads. */
export interface Lag {
  group: string
  topic: string
  records: number
}

/** One service's broker, with what an operator watches of it. */
export interface KafkaBroker extends Broker {
  /** Empty while the group is not joined; rejects while Kafka does not answer. */
  lag(): Promise<Lag[]>
}

/** A process's access to Kafka. Nothing is opened, nor the package loaded, before something is sent or read. */
export interface Kafka {
  brokerFor(service: string): KafkaBroker
}

/** Access to Kafka for the services of a process. */
export function createKafka(options: KafkaOptions, teller: KafkaTeller): Kafka {
  const topics = new Topics(options, teller)
  return {
    brokerFor(service) {
      const membership = new Membership(options, service, topics)
      return {
        retentionMs: options.retentionMs,
        streamOf: (producer, names) => new KafkaStream(producer, names, membership, teller),
        publisher: (names) =>
          new KafkaPublisher(
            options,
            service,
            topics,
            names.map((name) => options.prefix + name),
          ),
        lag: () => membership.lag(),
        close: () => membership.leave(),
      }
    },
  }
}
