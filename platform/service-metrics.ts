import type { Metrics } from '#libs/telemetry/metrics.ts'
import type { Bank } from './bank.ts'

/** Transactions that have not ended and are counted one by one; beyond, the number says only that something is wrong. */
const COUNTED_AT_MOST = 20_000

/** What an operator watches of the services of this process: their databases, their events, their sagas, and whom they ask. */
export function registerServiceMetrics(metrics: Metrics, bank: Bank): void {
  registerDatabaseMetrics(metrics, bank)
  registerPositionMetrics(metrics, bank)
  metrics.gauge({
    name: 'bankflow_sagas_under_way',
    help: 'Transactions of customers that have not ended, by the stage at which they stand',
    labels: ['stage'],
    collect: async (gauge) => {
      const transactions = bank.runtimes.get('transaction-service')
      if (transactions === undefined) return
      const rows = await transactions.database.app<{ stage: string; count: number }[]>`
        select t.stage, count(*)::int as count
        from (select transaction_id from unsettled_transactions limit ${COUNTED_AT_MOST}) u join transactions t using (transaction_id)
        group by t.stage`
      for (const { stage, count } of rows) gauge.set({ stage }, count)
    },
  })
  metrics.gauge({
    name: 'bankflow_peer_addresses',
    help: 'Addresses of services in other processes by how they answer: good, shunned (last choice), open (the breaker sends nothing), trial',
    labels: ['service', 'standing'],
    collect: (gauge) => {
      for (const [service, addresses] of Map.groupBy(bank.others.standings(), (one) => one.service))
        for (const [standing, some] of Map.groupBy(addresses, (one) => one.standing))
          gauge.set({ service, standing }, some.length)
    },
  })
}

function registerDatabaseMetrics(metrics: Metrics, bank: Bank): void {
  metrics.gauge({
    name: 'bankflow_database_connections',
    help: "Connections to a service's database as its app role, of all processes, by what they do (as the server says)",
    labels: ['service', 'state'],
    collect: async (gauge) => {
      for (const { definition, database } of bank.runtimes.values()) {
        const rows = await database.app<{ state: string; count: number }[]>`
          select coalesce(state, 'unknown') as state, count(*)::int as count from pg_stat_activity
          where datname = current_database() and usename = current_user group by 1`
        for (const { state, count } of rows) gauge.set({ service: definition.name, state }, count)
      }
    },
  })
  metrics.gauge({
    name: 'bankflow_database_transactions_under_way',
    help: 'Transactions of this process that are open or wait for a connection, by service',
    labels: ['service'],
    collect: (gauge) => {
      for (const { definition, load } of bank.runtimes.values()) gauge.set({ service: definition.name }, load.under_way)
    },
  })
  metrics.counter({
    name: 'bankflow_database_transactions_total',
    help: 'Transactions of this process by service and result: committed, or failed (refusals that were rolled back count, too)',
    labels: ['service', 'result'],
    collect: (counter) => {
      for (const { definition, load } of bank.runtimes.values())
        for (const result of ['committed', 'failed'] as const)
          counter.set({ service: definition.name, result }, load[result])
    },
  })
}

function registerPositionMetrics(metrics: Metrics, bank: Bank): void {
  metrics.gauge({
    name: 'bankflow_outbox_position',
    help: "The position of a producer's last event",
    labels: ['producer'],
    collect: async (gauge) => {
      for (const { definition, database } of bank.runtimes.values()) {
        const [row] = await database.app<{ position: bigint }[]>`select position from outbox_state`
        if (row !== undefined) gauge.set({ producer: definition.name }, Number(row.position))
      }
    },
  })
  metrics.gauge({
    name: 'bankflow_subscription_position',
    help: "How far a service has handled a producer's events, where it reads them without Kafka; the difference to the outbox's is its lag",
    labels: ['service', 'producer'],
    collect: async (gauge) => {
      for (const { definition, database } of bank.runtimes.values()) {
        const rows = await database.app<{ producer: string; position: bigint }[]>`
          select producer, position from subscriptions where not is_streamed`
        for (const { producer, position } of rows) gauge.set({ service: definition.name, producer }, Number(position))
      }
    },
  })
}
