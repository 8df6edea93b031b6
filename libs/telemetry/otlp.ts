import { maskText } from './masking.ts'
import { type EndedSpan, SPAN_KINDS } from './spans.ts'

/** What an export says of who made its spans, besides the service: OpenTelemetry's resource attributes. */
export type Resource = Readonly<Record<string, string>>

const LONGEST_VALUE = 256
const STATUS_ERROR = 2

/**
 * Spans as the JSON of an ExportTraceServiceRequest (OTLP 1.x): ids in hex, times in nanoseconds as text, enums as numbers. Spans of one
 * service share a resource, whose `service.name` is `nameOf(service)`. Texts are masked like those of a log line.
 */
export function encodeSpans(
  spans: readonly EndedSpan[],
  { resource, nameOf }: { resource: Resource; nameOf(service: string): string },
): string {
  const resourceSpans = [...Map.groupBy(spans, ({ service }) => nameOf(service))].map(([name, own]) => ({
    resource: { attributes: attributesOf({ 'service.name': name, ...resource }) },
    scopeSpans: [{ scope: { name: 'bankflow' }, spans: own.map(onWire) }],
  }))
  return JSON.stringify({ resourceSpans })
}

function onWire(span: EndedSpan): object {
  return {
    traceId: span.trace_id,
    spanId: span.span_id,
    ...(span.parent_span_id === undefined ? {} : { parentSpanId: span.parent_span_id }),
    flags: 1,
    name: shown(span.name),
    kind: SPAN_KINDS[span.kind],
    startTimeUnixNano: nanos(span.start_ms),
    endTimeUnixNano: nanos(span.end_ms),
    attributes: attributesOf(span.attributes),
    ...(span.links.length === 0
      ? {}
      : { links: span.links.map(({ trace_id, span_id }) => ({ traceId: trace_id, spanId: span_id })) }),
    ...(span.is_error ? { status: { code: STATUS_ERROR } } : {}),
  }
}

function attributesOf(attributes: EndedSpan['attributes']): object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }))
}

function anyValue(value: string | number | boolean): object {
  if (typeof value === 'string') return { stringValue: shown(value) }
  if (typeof value === 'boolean') return { boolValue: value }
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value }
}

function shown(text: string): string {
  return maskText(text.length > LONGEST_VALUE ? text.slice(0, LONGEST_VALUE) : text)
}

/** Milliseconds as nanoseconds; in two parts, since the whole number has more digits than a double. */
function nanos(ms: number): string {
  const whole = Math.floor(ms)
  return `${whole}${String(Math.floor((ms - whole) * 1e6)).padStart(6, '0')}`
}
