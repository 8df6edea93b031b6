import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Part } from '../part.ts'
import { freePort } from '../ports.ts'
import type { Warden } from '../warden.ts'
import { copyTemplate, javaArguments, type KafkaHome } from './kafka-home.ts'
import { brokersSeenBy } from './kafka-probe.ts'

const BROKERS = 3
const MAJORITY = 2
const PAUSE_MS = 200
const START_LIMIT_MS = 180_000
const HEAP_MB = 256

export interface Kafka {
  /** `127.0.0.1:port`, with commas. */
  readonly brokers: string
  readonly parts: readonly Part[]
  /** All of them, each knowing of all others. */
  untilReady(): Promise<void>
}

/** Three brokers that are controllers, too; each is a part that can be killed and started again. Launched; `untilReady` waits. */
export async function launchKafka(home: KafkaHome, warden: Warden): Promise<Kafka> {
  const ports: { broker: number; controller: number }[] = []
  for (let i = 0; i < BROKERS; i++) ports.push({ broker: await freePort(), controller: await freePort() })
  const voters = ports.map(({ controller }, i) => `${i + 1}@127.0.0.1:${controller}`).join()
  const parts = ports.map(({ broker, controller }, i) => {
    const number = i + 1
    const folder = join(warden.home, `kafka-${number}`)
    mkdirSync(folder)
    copyTemplate(home, number, join(folder, 'data'))
    const file = join(folder, 'server.properties')
    writeFileSync(file, propertiesOf({ number, broker, controller, voters, data: join(folder, 'data') }))
    return new Part({
      name: `kafka-${number}`,
      command: home.java,
      args: [...javaArguments(home, HEAP_MB), 'kafka.Kafka', file],
      cwd: folder,
      // Two of three are a majority: so one that comes back is ready although a third is still away.
      ready: async () => (await brokersSeenBy(broker)) >= MAJORITY,
      start_limit_ms: START_LIMIT_MS,
      stop_limit_ms: 1_000,
      warden,
    })
  })
  for (const part of parts) part.launch()
  const untilReady = async (): Promise<void> => {
    await Promise.all(parts.map((part) => part.untilReady()))
    while ((await Promise.all(ports.map(({ broker }) => brokersSeenBy(broker)))).some((seen) => seen < BROKERS))
      await sleep(PAUSE_MS)
  }
  return { brokers: ports.map(({ broker }) => `127.0.0.1:${broker}`).join(), parts, untilReady }
}

interface BrokerProperties {
  number: number
  broker: number
  controller: number
  voters: string
  data: string
}

/** Defaults are for machines of their own: here buffers are small, and what is Kafka's own has few partitions. */
function propertiesOf({ number, broker, controller, voters, data }: BrokerProperties): string {
  return `process.roles=broker,controller
node.id=${number}
controller.quorum.voters=${voters}
listeners=PLAINTEXT://127.0.0.1:${broker},CONTROLLER://127.0.0.1:${controller}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs=${data}
auto.create.topics.enable=false
default.replication.factor=3
min.insync.replicas=2
offsets.topic.replication.factor=3
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=3
transaction.state.log.min.isr=2
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=3
share.coordinator.state.topic.min.isr=2
share.coordinator.state.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
num.network.threads=2
num.io.threads=4
num.recovery.threads.per.data.dir=1
log.cleaner.dedupe.buffer.size=4194304
log.index.size.max.bytes=1048576
log.segment.bytes=67108864
`
}
