import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type OtlpReceiver, openOtlpReceiver } from '#libs/testing/otlp-receiver.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { type ExporterOptions, SpanExporter } from './exporter.ts'
import type { EndedSpan } from './spans.ts'

const LATE_MS = 30_000

async function exporterTo(
  t: TestContext,
  options: Partial<ExporterOptions> = {},
): Promise<{ receiver: OtlpReceiver; exporter: SpanExporter; states: string[] }> {
  const receiver = await openOtlpReceiver()
  const states: string[] = []
  const exporter = new SpanExporter({
    url: `${receiver.url}/v1/traces`,
    headers: { 'x-key': 'k' },
    resource: { 'service.version': '1' },
    nameOf: (service) => `bankflow-${service}`,
    isCompressed: false,
    timeoutMs: LATE_MS,
    delayMs: 10,
    maxQueue: 100,
    maxBatch: 10,
    onState: (isTaking, detail) => states.push(`${isTaking} ${detail}`),
    ...options,
  })
  t.after(async () => {
    await exporter.stop(0)
    await receiver.close()
  })
  return { receiver, exporter, states }
}

function aSpan(more: Partial<EndedSpan> = {}): EndedSpan {
  return {
    service: 'ledger',
    name: 'postTransaction',
    kind: 'internal',
    trace_id: '0af7651916cd43dd8448eb211c80319c',
    span_id: 'b7ad6b7169203331',
    parent_span_id: undefined,
    start_ms: 1_700_000_000_000.25,
    end_ms: 1_700_000_000_001.5,
    attributes: {},
    links: [],
    is_error: false,
    ...more,
  }
}

test('a span arrives as OTLP says: hex ids, nanoseconds as text, kinds as numbers, a resource for each service', async (t) => {
  const { receiver, exporter } = await exporterTo(t)
  exporter.record(
    aSpan({
      kind: 'server',
      parent_span_id: '00f067aa0ba902b7',
      attributes: { a: 'text', b: 7, c: true, d: 0.5 },
      links: [{ trace_id: '4bf92f3577b34da6a3ce929d0e0e4736', span_id: '00f067aa0ba902b7' }],
      is_error: true,
    }),
  )
  exporter.record(aSpan({ service: 'fraud' }))
  await eventually(() => exporter.counts.exported === 2, LATE_MS)
  assert.equal(receiver.headers[0]?.['content-type'], 'application/json')
  assert.equal(receiver.headers[0]?.['x-key'], 'k')
  const [ledger, fraud] = JSON.parse(receiver.bodies[0] as string).resourceSpans
  assert.deepEqual(ledger.resource.attributes, [
    { key: 'service.name', value: { stringValue: 'bankflow-ledger' } },
    { key: 'service.version', value: { stringValue: '1' } },
  ])
  assert.equal(fraud.resource.attributes[0].value.stringValue, 'bankflow-fraud')
  assert.deepEqual(ledger.scopeSpans[0].spans, [
    {
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      parentSpanId: '00f067aa0ba902b7',
      flags: 1,
      name: 'postTransaction',
      kind: 2,
      startTimeUnixNano: '1700000000000250000',
      endTimeUnixNano: '1700000000001500000',
      attributes: [
        { key: 'a', value: { stringValue: 'text' } },
        { key: 'b', value: { intValue: '7' } },
        { key: 'c', value: { boolValue: true } },
        { key: 'd', value: { doubleValue: 0.5 } },
      ],
      links: [{ traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' }],
      status: { code: 2 },
    },
  ])
})

test('what looks like a person or an account leaves no process in a span', async (t) => {
  const { receiver, exporter } = await exporterTo(t)
  exporter.record(aSpan({ name: 'for planted@example.org', attributes: { note: 'IBAN DE89370400440532013000' } }))
  await eventually(() => exporter.counts.exported === 1, LATE_MS)
  assert.doesNotMatch(receiver.bodies.join(), /planted|37040044/)
})

test('a receiver that is away is tried again, and what it takes then was not lost', async (t) => {
  const { receiver, exporter, states } = await exporterTo(t)
  let refusals = 0
  receiver.answer((response) => {
    refusals += 1
    response.setHeader('retry-after', '0')
    response.writeHead(503).end()
    receiver.answer((again) => void again.end('{"partialSuccess":{}}'))
  })
  exporter.record(aSpan())
  await eventually(() => exporter.counts.exported === 1, LATE_MS)
  assert.deepEqual([refusals, receiver.bodies.length, states], [1, 2, []])
  assert.equal(receiver.bodies[0], receiver.bodies[1])
})

test('what the receiver refuses, or leaves out, is lost and counted, and said once until it takes spans again', async (t) => {
  const { receiver, exporter, states } = await exporterTo(t)
  receiver.answer((response) => void response.writeHead(400).end())
  exporter.record(aSpan())
  await eventually(() => exporter.counts.refused === 1, LATE_MS)
  exporter.record(aSpan())
  await eventually(() => exporter.counts.refused === 2, LATE_MS)
  receiver.answer((response) => void response.end('{"partialSuccess":{"rejectedSpans":"1"}}'))
  exporter.record(aSpan())
  exporter.record(aSpan())
  await eventually(() => exporter.counts.refused === 3, LATE_MS)
  assert.equal(exporter.counts.exported, 1)
  receiver.answer((response) => void response.end())
  exporter.record(aSpan())
  await eventually(() => exporter.counts.exported === 2, LATE_MS)
  assert.deepEqual(states, ['false it answered 400', 'true '])
})

test('a receiver that hangs holds up nobody: what waits is bounded, the rest is lost and counted', async (t) => {
  const { receiver, exporter } = await exporterTo(t, { maxQueue: 20 })
  receiver.answer(() => {})
  for (let i = 0; i < 50; i++) exporter.record(aSpan())
  assert.deepEqual([exporter.queued, exporter.counts.queue_full], [20, 30])
  await eventually(() => receiver.bodies.length === 1, LATE_MS)
  for (let i = 0; i < 5; i++) exporter.record(aSpan())
  assert.deepEqual([exporter.queued, exporter.counts.queue_full], [20, 35])
  await exporter.stop(50)
  assert.deepEqual([exporter.queued, exporter.counts.shut_down], [0, 20])
})

test('a stop sends what waits, compressed where that is set, and takes nothing more', async (t) => {
  const { receiver, exporter } = await exporterTo(t, { delayMs: LATE_MS, isCompressed: true, maxBatch: 50 })
  for (let i = 0; i < 30; i++) exporter.record(aSpan())
  await exporter.stop(LATE_MS)
  assert.deepEqual([receiver.spans.length, exporter.counts.exported], [30, 30])
  assert.equal(receiver.headers[0]?.['content-encoding'], 'gzip')
  exporter.record(aSpan())
  assert.deepEqual([exporter.queued, exporter.counts.shut_down], [0, 1])
})

test('many batches go one after the other, each full one at once', async (t) => {
  const { receiver, exporter } = await exporterTo(t, { delayMs: LATE_MS })
  for (let i = 0; i < 40; i++) exporter.record(aSpan())
  await eventually(() => exporter.counts.exported === 40, LATE_MS)
  assert.equal(receiver.bodies.length, 4)
})
