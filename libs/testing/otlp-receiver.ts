import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'

/** A span as a receiver of OTLP/HTTP JSON sees it, with its attributes as values and the name of its service. */
export interface ReceivedSpan {
  service: string
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  kind: number
  startTimeUnixNano: string
  endTimeUnixNano: string
  attributes: Record<string, string | number | boolean>
  links: { traceId: string; spanId: string }[]
  status?: { code: number }
}

/** A receiver of traces for tests. */
export interface OtlpReceiver {
  /** What `OTEL_EXPORTER_OTLP_ENDPOINT` is set to. */
  url: string
  spans: ReceivedSpan[]
  /** Bodies as they came, uncompressed. */
  bodies: string[]
  headers: IncomingMessage['headers'][]
  /** How requests are answered from now on; they are taken unless told. */
  answer(how: (response: ServerResponse) => void): void
  close(): Promise<void>
}

interface WireValue {
  stringValue?: string
  intValue?: string
  doubleValue?: number
  boolValue?: boolean
}
type WireAttributes = { key: string; value: WireValue }[]
interface WireSpan extends Omit<ReceivedSpan, 'service' | 'attributes' | 'links'> {
  attributes: WireAttributes
  links?: ReceivedSpan['links']
}
interface WireRequest {
  resourceSpans: { resource: { attributes: WireAttributes }; scopeSpans: { spans: WireSpan[] }[] }[]
}

/** Opens a receiver on a free port of loopback. */
export async function openOtlpReceiver(): Promise<OtlpReceiver> {
  const taken = (response: ServerResponse): void => void response.end('{}')
  let answer = taken
  const receiver: Pick<OtlpReceiver, 'spans' | 'bodies' | 'headers'> = { spans: [], bodies: [], headers: [] }
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part)
    const raw = Buffer.concat(parts)
    const body = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw).toString()
    receiver.bodies.push(body)
    receiver.headers.push(request.headers)
    const isTaken = answer === taken && request.url === '/v1/traces'
    if (isTaken) receiver.spans.push(...spansIn(JSON.parse(body)))
    response.setHeader('content-type', 'application/json')
    answer(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    ...receiver,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answer: (how) => {
      answer = how
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function spansIn({ resourceSpans }: WireRequest): ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(valuesOf(resource.attributes)['service.name'])
    const spans = scopeSpans.flatMap((scope) => scope.spans)
    return spans.map((span) => ({
      ...span,
      service,
      attributes: valuesOf(span.attributes),
      links: span.links ?? [],
    }))
  })
}

function valuesOf(attributes: WireAttributes): ReceivedSpan['attributes'] {
  const pairs = attributes.map(({ key, value }) => {
    const { stringValue, intValue, doubleValue, boolValue } = value
    return [key, stringValue ?? boolValue ?? doubleValue ?? Number(intValue)] as const
  })
  return Object.fromEntries(pairs)
}
