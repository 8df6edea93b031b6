import type { Cache } from '#libs/cache/cache.ts'
import type { Metrics } from '#libs/telemetry/metrics.ts'

/** What an operator watches of Redis, as this process sees it; nothing where there is none. */
export function registerCacheMetrics(metrics: Metrics, cache: Cache): void {
  if (cache.figures().kind === 'local') return
  metrics.gauge({
    name: 'bankflow_redis_connected',
    help: '1 while this process shares limits, markers and nudges by Redis, 0 while it goes on by itself',
    labels: [],
    collect: (gauge) => gauge.set({}, cache.figures().isCutOff ? 0 : 1),
  })
  metrics.counter({
    name: 'bankflow_redis_failures_total',
    help: 'Questions to Redis that failed or had no answer in time, since the start of this process',
    labels: [],
    collect: (counter) => counter.set({}, cache.figures().failures),
  })
  metrics.counter({
    name: 'bankflow_redis_cuts_total',
    help: 'How often this process was cut off from Redis, since its start',
    labels: [],
    collect: (counter) => counter.set({}, cache.figures().cuts),
  })
}
