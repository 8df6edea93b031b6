import { choice, flag, integer, list, text, url } from '#libs/config/kinds.ts'
import { declareSettings, type Environment, readSettings, SettingsRefused } from '#libs/config/settings.ts'
import { SAMPLERS, type SamplerName } from '#libs/telemetry/sampling.ts'

/** One name and value of a list by W3C Baggage, in which OpenTelemetry's variables are written. */
const PAIR = /^[\w.*/-]+=[^\s,;]*$/

/** What an operator may set of traces: OpenTelemetry's own variables, so that what is set for other programs holds here, too. */
export const telemetrySettings = declareSettings({
  otlp_endpoint: url({
    env: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    default: undefined,
    describe: 'the OTLP receiver (HTTP) that traces are sent to, at its /v1/traces; none are recorded unless set',
  }),
  otlp_traces_endpoint: url({
    env: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
    default: undefined,
    describe: 'the same with its whole path, in the place of the former',
  }),
  otlp_headers: list({
    env: 'OTEL_EXPORTER_OTLP_HEADERS',
    default: [],
    pattern: PAIR,
    form: 'pairs like api-key=value',
    secret: true,
    describe: 'headers of requests to that receiver',
  }),
  otlp_protocol: choice({
    env: 'OTEL_EXPORTER_OTLP_PROTOCOL',
    values: ['http/json'],
    default: 'http/json',
    describe: 'the form of OTLP, which every receiver of OTLP/HTTP takes',
  }),
  otlp_compression: choice({
    env: 'OTEL_EXPORTER_OTLP_COMPRESSION',
    values: ['none', 'gzip'],
    default: 'none',
    describe: 'whether spans are compressed on their way',
  }),
  otlp_timeout_ms: integer({
    env: 'OTEL_EXPORTER_OTLP_TIMEOUT',
    default: 10_000,
    min: 100,
    max: 60_000,
    describe: 'milliseconds that one request to the receiver may take',
  }),
  service_name: text({
    env: 'OTEL_SERVICE_NAME',
    default: undefined,
    max_length: 100,
    describe: 'the service.name of all spans of this process; bankflow-ledger and so on unless set',
  }),
  resource_attributes: list({
    env: 'OTEL_RESOURCE_ATTRIBUTES',
    default: [],
    pattern: PAIR,
    form: 'pairs like deployment.environment.name=test',
    describe: 'what all spans of this process say of where it runs',
  }),
  sampler: choice({
    env: 'OTEL_TRACES_SAMPLER',
    values: SAMPLERS,
    default: 'parentbased_always_on',
    describe: 'which traces are recorded',
  }),
  sampler_arg: text({
    env: 'OTEL_TRACES_SAMPLER_ARG',
    default: undefined,
    pattern: /^(0|1|[01]?\.\d{1,9})$/,
    form: 'a number from 0 to 1',
    describe: 'the share of traces that traceidratio and parentbased_traceidratio take; 1 unless set',
  }),
  max_queue: integer({
    env: 'OTEL_BSP_MAX_QUEUE_SIZE',
    default: 8_192,
    min: 1,
    max: 1_000_000,
    describe: 'spans that wait for the receiver at most; more are lost and counted',
  }),
  max_batch: integer({
    env: 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE',
    default: 512,
    min: 1,
    max: 10_000,
    describe: 'spans of one request to the receiver',
  }),
  delay_ms: integer({
    env: 'OTEL_BSP_SCHEDULE_DELAY',
    default: 5_000,
    min: 10,
    max: 60_000,
    describe: 'milliseconds after which spans are sent though they fill no request',
  }),
  is_disabled: flag({
    env: 'OTEL_SDK_DISABLED',
    default: false,
    describe: 'true records no traces whatever else is set',
  }),
})

/** How traces are recorded and sent. */
export interface TelemetrySettings {
  url: string
  headers: Readonly<Record<string, string>>
  isCompressed: boolean
  timeoutMs: number
  /** The name of all services' spans, or undefined where each has its own. */
  serviceName: string | undefined
  resource: Readonly<Record<string, string>>
  sampler: SamplerName
  ratio: number
  maxQueue: number
  maxBatch: number
  delayMs: number
}

/** What is set of traces, undefined where none are sent. Throws SettingsRefused with one line. */
export function telemetryOf(env: Environment): TelemetrySettings | undefined {
  const values = readSettings(telemetrySettings, env)
  const { otlp_endpoint, otlp_traces_endpoint, sampler, sampler_arg, max_batch, max_queue } = values
  if (sampler_arg !== undefined && Number(sampler_arg) > 1)
    throw new SettingsRefused(`OTEL_TRACES_SAMPLER_ARG: "${sampler_arg}" is out of bounds; give a number from 0 to 1`)
  if (max_batch > max_queue)
    throw new SettingsRefused(
      `OTEL_BSP_MAX_EXPORT_BATCH_SIZE: ${max_batch} never wait together, since OTEL_BSP_MAX_QUEUE_SIZE is ${max_queue}`,
    )
  const resource = pairsOf('OTEL_RESOURCE_ATTRIBUTES', values.resource_attributes)
  const { 'service.name': named, ...others } = resource
  const headers = pairsOf('OTEL_EXPORTER_OTLP_HEADERS', values.otlp_headers)
  const endpoint =
    otlp_traces_endpoint ?? (otlp_endpoint === undefined ? undefined : `${otlp_endpoint.replace(/\/$/, '')}/v1/traces`)
  if (endpoint === undefined || values.is_disabled) return undefined
  if (new URL(endpoint).username !== '')
    throw new SettingsRefused(
      'OTEL_EXPORTER_OTLP_ENDPOINT: a user in the URL is not sent; give credentials in OTEL_EXPORTER_OTLP_HEADERS',
    )
  return {
    url: endpoint,
    headers,
    isCompressed: values.otlp_compression === 'gzip',
    timeoutMs: values.otlp_timeout_ms,
    serviceName: values.service_name ?? named,
    resource: others,
    sampler,
    ratio: sampler_arg === undefined ? 1 : Number(sampler_arg),
    maxQueue: max_queue,
    maxBatch: max_batch,
    delayMs: values.delay_ms,
  }
}

/** Pairs with their values as they are meant: W3C Baggage writes them percent-encoded. */
function pairsOf(variable: string, pairs: readonly string[]): Record<string, string> {
  const entries = pairs.map((pair): [string, string] => {
    const at = pair.indexOf('=')
    try {
      return [pair.slice(0, at), decodeURIComponent(pair.slice(at + 1))]
    } catch {
      throw new SettingsRefused(`${variable}: the value of ${pair.slice(0, at)} is not percent-encoded`)
    }
  })
  return Object.fromEntries(entries)
}
