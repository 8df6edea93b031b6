import { hostname } from 'node:os'
import type { SpanExporter } from '#libs/telemetry/exporter.ts'
import type { Log } from '#libs/telemetry/log.ts'
import type { Metrics } from '#libs/telemetry/metrics.ts'
import type { TelemetrySettings } from './telemetry-settings.ts'

/** Traces on their way to a receiver, from start to stop. */
export interface Telemetry {
  registerMetrics(metrics: Metrics): void
  /** Sends what was recorded and records no more. */
  stop(): Promise<void>
}

/** What a stop of the bank may wait for its last spans. */
const LAST_SPANS_MS = 3_000

/** What an operator watches of traces, where they are sent. */
export function registerSpanMetrics(metrics: Metrics, exporter: Pick<SpanExporter, 'counts' | 'queued'>): void {
  metrics.counter({
    name: 'bankflow_spans_total',
    help: 'Spans of traces by what became of them: exported, or lost and why',
    labels: ['fate'],
    collect: (counter) => {
      for (const [fate, count] of Object.entries(exporter.counts)) counter.set({ fate }, count)
    },
  })
  metrics.gauge({
    name: 'bankflow_spans_queued',
    help: 'Spans that wait for the receiver of traces, or are on their way to it',
    labels: [],
    collect: (gauge) => gauge.set({}, exporter.queued),
  })
}

/** Records spans and sends them from now on. What it takes is loaded here, so that a bank without traces does not have it. */
export async function startTelemetry(settings: TelemetrySettings, version: string, log: Log): Promise<Telemetry> {
  const { SpanExporter } = await import('#libs/telemetry/exporter.ts')
  const { recordSpans } = await import('#libs/telemetry/spans.ts')
  const { samplerOf } = await import('#libs/telemetry/sampling.ts')
  const exporter = new SpanExporter({
    ...settings,
    resource: {
      'service.version': version,
      'service.instance.id': `${hostname()}-${process.pid}`,
      ...settings.resource,
    },
    nameOf: (service) => settings.serviceName ?? `bankflow-${service.replace(/-service$/, '')}`,
    onState: (isTaking, detail) => {
      if (isTaking) log.info('the receiver of traces takes spans again')
      else log.warn({ detail }, 'the receiver of traces takes no spans; the bank goes on without')
    },
  })
  const stopRecording = recordSpans(samplerOf(settings.sampler, settings.ratio), exporter.record)
  return {
    registerMetrics: (metrics) => registerSpanMetrics(metrics, exporter),
    stop: async () => {
      stopRecording()
      await exporter.stop(LAST_SPANS_MS)
    },
  }
}
