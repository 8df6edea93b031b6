import type { TestContext } from 'node:test'
import type { ServiceTest } from '#libs/testing/service-test.ts'
import { Pace } from './pace.ts'
import { Relay } from './relay.ts'
import { StreamSubscription } from './stream-subscription.ts'
import { Subscription } from './subscription.ts'
import { MemoryBroker } from './testing/memory-broker.ts'
import { type Transport, transportContract } from './testing/transport-contract.ts'

const topicOf = (type: string): string => `kitchen-events-${type.length % 2}`
const TOPICS = ['kitchen-events-0', 'kitchen-events-1']

transportContract("the producer's own log", async (kitchen) => ({
  follow: (reactions, host) => new Subscription(kitchen.runtime.events, reactions, host),
}))

transportContract('a stream', async (kitchen, t) => streamOf(kitchen, t, new MemoryBroker()))

transportContract('a stream that loses every second commit', async (kitchen, t) => {
  const broker = new MemoryBroker()
  let commits = 0
  broker.isCommitKept = () => commits++ % 2 === 0
  return streamOf(kitchen, t, broker)
})

/** The kitchen's events through a broker, a relay taking them there as they come. */
function streamOf(kitchen: ServiceTest, t: TestContext, broker: MemoryBroker): Transport {
  const relay = new Relay({
    producer: 'kitchen-service',
    database: kitchen.runtime.database,
    publisher: broker.publisher,
    topicOf,
    retentionMs: 3_600_000,
    now: () => new Date(),
    epochBegan: () => {},
  })
  const pace = new Pace(10)
  const nudged = kitchen.runtime.events.onAppended(() => pace.nudge())
  pace.start(
    () => relay.step(),
    () => {},
  )
  t.after(async () => {
    nudged()
    await pace.stop()
  })
  return {
    follow: (reactions, host) =>
      new StreamSubscription(broker.join('jar-service', 'kitchen-service', TOPICS), reactions, host),
    disturb: () => broker.rebalance('jar-service'),
  }
}
