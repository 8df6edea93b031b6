import type { FastifyInstance } from 'fastify'
import { encode } from '#libs/json/json.ts'
import { METRICS_CONTENT_TYPE, type Metrics } from '#libs/telemetry/metrics.ts'

/** How a part of the platform is, in one word. */
export interface PartState {
  name: string
  isReady: boolean
  detail?: string
}

export interface HealthOptions {
  metrics: Metrics
  /** The state of every part now; bounded in time. */
  parts(): Promise<readonly PartState[]>
  version: string
}

/** `/health` says that the process lives, `/ready` whether it should be sent requests, `/metrics` how it fares. */
export function registerHealth(server: FastifyInstance, options: HealthOptions): void {
  server.get('/health', (_request, reply) =>
    reply.type('application/json; charset=utf-8').send(encode({ status: 'ok', version: options.version })),
  )
  server.get('/ready', async (_request, reply) => {
    const parts = await options.parts()
    const isReady = parts.every((part) => part.isReady)
    const body = { status: isReady ? 'ready' : 'not_ready', parts }
    if (!isReady) reply.header('retry-after', '1')
    return reply
      .code(isReady ? 200 : 503)
      .type('application/json; charset=utf-8')
      .send(encode(body))
  })
  server.get('/metrics', async (_request, reply) => reply.type(METRICS_CONTENT_TYPE).send(await options.metrics.text()))
}
