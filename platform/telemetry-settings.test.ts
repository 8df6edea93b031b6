import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SettingsRefused } from '#libs/config/settings.ts'
import { telemetryOf } from './telemetry-settings.ts'

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/' }

test('without an endpoint, or switched off, no traces are recorded', () => {
  assert.equal(telemetryOf({}), undefined)
  assert.equal(telemetryOf({ OTEL_TRACES_SAMPLER: 'always_on' }), undefined)
  assert.equal(telemetryOf({ ...ENDPOINT, OTEL_SDK_DISABLED: 'true' }), undefined)
})

test("OpenTelemetry's variables are read as it says", () => {
  const settings = telemetryOf({
    ...ENDPOINT,
    OTEL_EXPORTER_OTLP_HEADERS: 'api-key=a%20b, x-tenant=bank',
    OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test,service.name=mine',
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: '0.25',
  })
  assert.deepEqual(settings, {
    url: 'http://collector:4318/v1/traces',
    headers: { 'api-key': 'a b', 'x-tenant': 'bank' },
    isCompressed: true,
    timeoutMs: 10_000,
    serviceName: 'mine',
    resource: { 'deployment.environment.name': 'test' },
    sampler: 'parentbased_traceidratio',
    ratio: 0.25,
    maxQueue: 8_192,
    maxBatch: 512,
    delayMs: 5_000,
  })
  const whole = telemetryOf({
    ...ENDPOINT,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://other/traces',
    OTEL_SERVICE_NAME: 'named',
  })
  assert.deepEqual(
    [whole?.url, whole?.serviceName, whole?.sampler],
    ['https://other/traces', 'named', 'parentbased_always_on'],
  )
})

test('what cannot be done is refused with one line, and a secret is not in it', () => {
  const refused: [Record<string, string>, RegExp][] = [
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, /OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" .*give http\/json/],
    [{ OTEL_TRACES_SAMPLER: 'xray' }, /OTEL_TRACES_SAMPLER.*traceidratio/],
    [{ OTEL_TRACES_SAMPLER_ARG: '1.5' }, /OTEL_TRACES_SAMPLER_ARG.*from 0 to 1/],
    [{ OTEL_TRACES_SAMPLER_ARG: 'half' }, /OTEL_TRACES_SAMPLER_ARG.*from 0 to 1/],
    [{ OTEL_EXPORTER_OTLP_HEADERS: 'planted' }, /^OTEL_EXPORTER_OTLP_HEADERS(?!.*planted)/],
    [{ OTEL_EXPORTER_OTLP_HEADERS: 'key=%zz' }, /^OTEL_EXPORTER_OTLP_HEADERS: the value of key/],
    [{ OTEL_BSP_MAX_QUEUE_SIZE: '10' }, /OTEL_BSP_MAX_EXPORT_BATCH_SIZE/],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://user:planted@collector' }, /OTEL_EXPORTER_OTLP_HEADERS$/],
  ]
  for (const [env, line] of refused) {
    assert.throws(
      () => telemetryOf({ ...ENDPOINT, ...env }),
      (error) => error instanceof SettingsRefused && line.test(error.message) && !error.message.includes('\n'),
      JSON.stringify(env),
    )
  }
})
