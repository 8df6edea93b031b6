import { randomBytes } from 'node:crypto'
import type { TestContext } from 'node:test'
import { Pace } from '#libs/outbox/pace.ts'
import { Relay } from '#libs/outbox/relay.ts'
import { StreamSubscription } from '#libs/outbox/stream-subscription.ts'
import { type Transport, transportContract } from '#libs/outbox/testing/transport-contract.ts'
import type { ServiceTest } from '#libs/testing/service-test.ts'
import { createKafka } from './kafka.ts'
import { testKafka } from './testing/test-kafka.ts'

const TOPICS = ['kitchen-events', 'kitchen-news']
const topicOf = (type: string): string => TOPICS[type.length % 2] as string

transportContract('Kafka', async (kitchen, t) => throughKafka(kitchen, t), { patienceMs: 120_000 })

/** The kitchen's events through topics of this test's own. */
async function throughKafka(kitchen: ServiceTest, t: TestContext): Promise<Transport> {
  const kafka = createKafka(testKafka(`test-${randomBytes(4).toString('hex')}.`), { warn: () => {}, alarm: () => {} })
  const producing = kafka.brokerFor('kitchen-service')
  const publisher = producing.publisher(TOPICS)
  const relay = new Relay({
    producer: 'kitchen-service',
    database: kitchen.runtime.database,
    publisher,
    topicOf,
    retentionMs: producing.retentionMs,
    now: () => new Date(),
    epochBegan: () => {},
  })
  const pace = new Pace(10)
  pace.start(
    () => relay.step(),
    () => {},
  )
  t.after(async () => {
    await pace.stop()
    await publisher.close()
  })
  return {
    follow(reactions, host) {
      const broker = kafka.brokerFor('jar-service')
      const subscription = new StreamSubscription(broker.streamOf('kitchen-service', TOPICS), reactions, host)
      return {
        start: () => subscription.start(),
        replay: (id) => subscription.replay(id),
        async stop() {
          await subscription.stop()
          await broker.close()
        },
      }
    },
  }
}
