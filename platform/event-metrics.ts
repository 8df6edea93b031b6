import { inboxSize } from '#libs/outbox/inbox.ts'
import { relayLag } from '#libs/outbox/relay.ts'
import type { Metrics } from '#libs/telemetry/metrics.ts'
import type { Bank } from './bank.ts'

/** Brokers that do not answer must not hold up who watches. */
const ANSWER_WITHIN_MS = 2_000

/** What an operator watches of events through Kafka; a bank without it says nothing here. */
export function registerEventMetrics(metrics: Metrics, bank: Bank): void {
  const { events } = bank
  metrics.gauge({
    name: 'bankflow_kafka_lag_records',
    help: 'Records that this process has yet to handle, in the partitions it reads, by group and topic',
    labels: ['group', 'topic'],
    collect: async (gauge) => {
      const asked = [...(events?.brokers.values() ?? [])].map((broker) => within(broker.lag()))
      for (const lags of await Promise.all(asked))
        for (const { group, topic, records } of lags ?? []) gauge.set({ group, topic }, records)
    },
  })
  metrics.gauge({
    name: 'bankflow_relay_lag_events',
    help: 'Events that Kafka does not have yet, by service',
    labels: ['service'],
    collect: async (gauge) => {
      if (events === undefined) return
      for (const { definition, database } of bank.runtimes.values()) {
        const lag = await relayLag(database)
        if (lag !== undefined) gauge.set({ service: definition.name }, lag)
      }
    },
  })
  metrics.gauge({
    name: 'bankflow_event_inbox_rows',
    help: 'Ids of handled events that are remembered, by service (an estimate of the database)',
    labels: ['service'],
    collect: async (gauge) => {
      if (events === undefined) return
      for (const { definition, database } of bank.runtimes.values())
        gauge.set({ service: definition.name }, await inboxSize(database))
    },
  })
}

/** What a promise gives within the time, or undefined. */
async function within<Value>(promise: Promise<Value>): Promise<Value | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ANSWER_WITHIN_MS)
  })
  try {
    return await Promise.race([promise.catch(() => undefined), late])
  } finally {
    clearTimeout(timer)
  }
}
