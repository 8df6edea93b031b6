import { setTimeout as sleep } from 'node:timers/promises'
import type { EventLog } from '#libs/outbox/event-log.ts'
import { Relay } from '#libs/outbox/relay.ts'
import type { Broker } from '#libs/outbox/stream.ts'
import type { Database } from '#libs/sql/database.ts'
import type { Log } from '#libs/telemetry/log.ts'
import { Loop } from './loop.ts'
import type { ServiceDefinition } from './service.ts'

export interface RelayingOptions {
  definition: Pick<ServiceDefinition, 'name' | 'produces'>
  database: Pick<Database, 'app'>
  events: EventLog
  broker: Broker
  log: Log
  now(): Date
  /** Work of the one process of the service that was elected. */
  alone(work: () => Promise<boolean>): () => Promise<boolean>
}

/** Events get their positions at a pace of their own, and tell; this is for what was missed. */
const LOOK_MS = 500
/** How long a stop waits for a sending under way; it is repeated later. */
const STOP_WAIT_MS = 2_000

/** Hands a service's events to its broker as they get their positions. */
export function startRelaying(options: RelayingOptions): { stop(): Promise<void> } {
  const { definition, database, events, broker, log, now, alone } = options
  const topics = new Map(definition.produces.map(({ type, topic }) => [type, topic]))
  const publisher = broker.publisher([...new Set(topics.values())])
  const relay = new Relay({
    producer: definition.name,
    database,
    publisher,
    topicOf: (type) => {
      const topic = topics.get(type)
      if (topic === undefined) throw new Error(`${definition.name} says nothing of events of type ${type}`)
      return topic
    },
    retentionMs: broker.retentionMs,
    now,
    epochBegan: (epoch) => log.warn({ epoch }, 'a new epoch began: what the broker keeps is sent again'),
  })
  const loop = new Loop(
    `${definition.name} relay`,
    LOOK_MS,
    log,
    alone(() => relay.step()),
  )
  const stopListening = events.onAppended(() => loop.nudge())
  loop.start()
  return {
    async stop() {
      stopListening()
      const stopped = loop.stop()
      const enough = new AbortController()
      await Promise.race([stopped, sleep(STOP_WAIT_MS, undefined, { signal: enough.signal }).catch(() => {})])
      enough.abort()
      await publisher.close()
      await stopped
    },
  }
}
