import type { Fault, Killable } from '../fault.ts'
import type { ClusterField } from '../field.ts'

export const brokerKilled: Fault<ClusterField> = {
  name: 'a broker of three killed',
  lasts_s: { full: 30, short: 15 },
  async begin(field) {
    const [broker] = brokersOf(field)
    await broker?.kill()
    return async () => broker?.restart()
  },
}

export const brokersDown: Fault<ClusterField> = {
  name: 'all brokers down',
  lasts_s: { full: 30, short: 30 },
  async begin(field) {
    const brokers = brokersOf(field)
    await Promise.all(brokers.map((broker) => broker.kill()))
    // Together: one alone is no majority, and is not ready.
    return async () => void (await Promise.all(brokers.map((broker) => broker.restart())))
  },
}

function brokersOf({ brokers }: ClusterField): readonly Killable[] {
  if (brokers === undefined) throw new Error('there is no Kafka to do a fault to')
  return brokers
}
