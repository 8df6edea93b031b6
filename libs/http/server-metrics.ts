import type { FastifyInstance } from 'fastify'
import { DURATION_BUCKETS_S, type Metrics } from '#libs/telemetry/metrics.ts'

const BATCH = /^\/internal\/batch\/(\w+)$/

/** Counts and times the requests of other processes, by operation and status; those of a batch by the operation of its members. */
export function measureRequests(server: FastifyInstance, metrics: Metrics): void {
  const duration = metrics.histogram({
    name: 'bankflow_service_request_duration_seconds',
    help: 'Time that a service took to answer another process, by operation (of all members, for a batch) and status',
    labels: ['operation', 'status'],
    buckets: DURATION_BUCKETS_S,
  })
  server.addHook('onResponse', (request, reply, done) => {
    const { url = 'unknown', config } = request.routeOptions
    // How long somebody listened says nothing about how fast the bank is.
    if (config.operation?.stream !== true) {
      const operation = config.operation?.id ?? BATCH.exec(url)?.[1] ?? url
      duration.observe({ operation, status: String(reply.statusCode) }, reply.elapsedTime / 1_000)
    }
    done()
  })
}
