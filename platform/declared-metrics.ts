import { createLocalCache } from '#libs/cache/local-cache.ts'
import type { KeyProvider } from '#libs/crypto/key-provider.ts'
import { generateSigningKey } from '#libs/crypto/signing-keys.ts'
import { SPAN_FATES, type SpanFate } from '#libs/telemetry/exporter.ts'
import { createLog } from '#libs/telemetry/log.ts'
import { createMetrics, type MetricRow } from '#libs/telemetry/metrics.ts'
import { Bank } from './bank.ts'
import { GATEWAY, serviceNames } from './catalogue.ts'
import { gatewayListener, serviceListener } from './listeners.ts'
import { registerPlatformMetrics } from './platform-metrics.ts'
import { registerSpanMetrics } from './telemetry.ts'

/** Every metric that a process of the bank may answer at `/metrics`, whatever is set; no bank is opened for it. */
export async function declaredMetrics(): Promise<MetricRow[]> {
  const local = createLocalCache()
  const key = generateSigningKey()
  const bank = new Bank({
    profile: 'sandbox',
    here: [...serviceNames, GATEWAY],
    env: {},
    // Nothing is sealed before a bank is opened.
    keys: {} as KeyProvider,
    targetOf: () => ({ host: '127.0.0.1', port: 1 }),
    cache: { ...local, figures: () => ({ ...local.figures(), kind: 'redis' }) },
    log: createLog({ service: 'platform', level: 'silent' }),
    urlOf: () => undefined,
    keyOf: () => key,
    keysOfService: () => new Map(),
  })
  const metrics = createMetrics()
  registerPlatformMetrics(metrics, bank)
  const counts = Object.fromEntries(SPAN_FATES.map((fate) => [fate, 0])) as Record<SpanFate, number>
  registerSpanMetrics(metrics, { counts, queued: 0 })
  await serviceListener(bank, metrics).close()
  await gatewayListener(bank, metrics).close()
  return metrics.declared()
}
