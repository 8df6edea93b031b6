import { countUnaudited } from '#libs/outbox/audit-outbox.ts'
import type { Metrics } from '#libs/telemetry/metrics.ts'
import type { Bank } from './bank.ts'
import { registerCacheMetrics } from './cache-metrics.ts'
import { registerEventMetrics } from './event-metrics.ts'
import { registerServiceMetrics } from './service-metrics.ts'

/** What an operator watches of the platform itself. */
export function registerPlatformMetrics(metrics: Metrics, bank: Bank): void {
  registerCacheMetrics(metrics, bank.cache)
  registerEventMetrics(metrics, bank)
  registerServiceMetrics(metrics, bank)
  metrics.gauge({
    name: 'bankflow_process_resident_bytes',
    help: 'Resident memory of this process',
    labels: [],
    collect: (gauge) => gauge.set({}, process.memoryUsage.rss()),
  })
  metrics.counter({
    name: 'bankflow_process_cpu_seconds_total',
    help: 'CPU time that this process has used since its start',
    labels: [],
    collect: (counter) => {
      const { user, system } = process.cpuUsage()
      counter.set({}, (user + system) / 1e6)
    },
  })
  metrics.gauge({
    name: 'bankflow_outbox_unsequenced',
    help: 'Events committed that have no position yet, by service',
    labels: ['service'],
    collect: async (gauge) => {
      for (const { definition, database } of bank.runtimes.values()) {
        const [row] = await database.reader<
          { waiting: number }[]
        >`select coalesce(sum(events), 0)::int as waiting from (select events from outbox where position is null limit 100000) w`
        gauge.set({ service: definition.name }, row?.waiting ?? 0)
      }
    },
  })
  metrics.gauge({
    name: 'bankflow_unaudited_acts',
    help: 'Acts that the audit trail does not have yet, by service',
    labels: ['service'],
    collect: async (gauge) => {
      for (const { definition, database } of bank.runtimes.values())
        gauge.set({ service: definition.name }, await countUnaudited(database.app))
    },
  })
  metrics.gauge({
    name: 'bankflow_dead_letters',
    help: 'Events parked because their reaction keeps failing, by service',
    labels: ['service'],
    collect: async (gauge) => {
      for (const { definition, database } of bank.runtimes.values()) {
        const [row] = await database.reader<
          { parked: number }[]
        >`select count(*)::int as parked from dead_letters where resolved_at is null`
        gauge.set({ service: definition.name }, row?.parked ?? 0)
      }
    },
  })
  metrics.gauge({
    name: 'bankflow_ledger_seal_lag_seconds',
    help: 'How far behind the bank clock the sealed books are; a little over a second while nothing is booked',
    labels: [],
    collect: async (gauge) => {
      const ledger = bank.runtimes.get('ledger-service')
      if (ledger === undefined) return
      const [row] = await ledger.database.app<{ lag_s: number | null }[]>`
        select extract(epoch from now() + c.offset_ms * interval '1 ms' - s.horizon)::float8 as lag_s from seal_state s, bank_clock c`
      if (typeof row?.lag_s === 'number') gauge.set({}, Math.max(0, row.lag_s))
    },
  })
}
