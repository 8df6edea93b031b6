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
  /** Milliseconds that only grow; the process's own unless told. */
  nowMs?: () => number
}

/** Paths that no limit counts. */
export const PROBES: ReadonlySet<string> = new Set(['/health', '/ready', '/metrics'])

/** How long an answer that costs something is given again. */
const KEPT_MS = 500

/** `/health` says that the process lives, `/ready` whether it should be sent requests, `/metrics` how it fares. */
export function registerHealth(server: FastifyInstance, options: HealthOptions): void {
  const parts = kept(options.parts, options.nowMs)
  const metrics = kept(() => options.metrics.text(), options.nowMs)
  server.get('/health', (_request, reply) =>
    reply.type('application/json; charset=utf-8').send(encode({ status: 'ok', version: options.version })),
  )
  server.get('/ready', async (_request, reply) => {
    const states = await parts()
    const isReady = states.every((part) => part.isReady)
    const body = { status: isReady ? 'ready' : 'not_ready', parts: states }
    if (!isReady) reply.header('retry-after', '1')
    return reply
      .code(isReady ? 200 : 503)
      .type('application/json; charset=utf-8')
      .send(encode(body))
  })
  server.get('/metrics', async (_request, reply) => reply.type(METRICS_CONTENT_TYPE).send(await metrics()))
}

/** Asks once for everybody who comes while an answer is on its way or half a second old: nobody can make the database work by probing. */
function kept<Answer>(
  ask: () => Promise<Answer>,
  nowMs: () => number = performance.now.bind(performance),
): () => Promise<Answer> {
  let answer: Promise<Answer> | undefined
  let untilMs = 0
  return () => {
    if (answer !== undefined && nowMs() < untilMs) return answer
    const asked = Promise.resolve().then(ask)
    answer = asked
    untilMs = Number.POSITIVE_INFINITY
    asked.then(
      () => {
        untilMs = nowMs() + KEPT_MS
      },
      () => {
        answer = undefined
      },
    )
    return asked
  }
}
