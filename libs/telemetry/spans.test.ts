import assert from 'node:assert/strict'
import { afterEach, describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { currentTrace, enteredTraceparent, newTrace, quietTrace, withTrace } from './context.ts'
import { samplerOf } from './sampling.ts'
import {
  beginSpan,
  beginSpanAt,
  currentSpan,
  type EndedSpan,
  inPartOf,
  inSpan,
  isRecording,
  noteOnSpan,
  recordSpans,
} from './spans.ts'

const HEADER = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const SERVICE = { service: 'ledger-service' }

describe('spans', () => {
  let stop = (): void => {}
  let ended: EndedSpan[] = []
  const recordAll = (sampler = samplerOf('parentbased_always_on')): void => {
    ended = []
    stop = recordSpans(sampler, (span) => void ended.push(span))
  }
  afterEach(() => stop())

  test('work inside of work is its child, in one trace and under one correlation id; the first has no parent', async () => {
    recordAll()
    const trace = newTrace('order-66x')
    const answer = await withTrace(trace, () =>
      inSpan('outer', { ...SERVICE, kind: 'server', attributes: { 'http.route': '/a', none: undefined } }, async () => {
        await setImmediate()
        noteOnSpan({ 'http.response.status_code': 200 })
        return inSpan('inner', SERVICE, () => currentTrace()?.correlation_id)
      }),
    )
    assert.equal(answer, 'order-66x')
    const [inner, outer] = ended as [EndedSpan, EndedSpan]
    assert.deepEqual([inner.name, inner.kind, outer.name, outer.kind], ['inner', 'internal', 'outer', 'server'])
    assert.equal(inner.trace_id, trace.traceparent.slice(3, 35))
    assert.equal(outer.trace_id, inner.trace_id)
    assert.deepEqual([inner.parent_span_id, outer.parent_span_id], [outer.span_id, undefined])
    assert.deepEqual(outer.attributes, { 'http.route': '/a', 'http.response.status_code': 200 })
    assert.ok(outer.start_ms <= inner.start_ms && inner.end_ms <= outer.end_ms)
    assert.ok(Math.abs(outer.end_ms - Date.now()) < 60_000)
  })

  test('failed work is told by the kind of its error and never by its words', async () => {
    recordAll()
    await withTrace(newTrace(), async () => {
      await assert.rejects(
        inSpan('a', SERVICE, () => Promise.reject(new RangeError('planted@example.org'))),
        RangeError,
      )
      const refused = Object.assign(new Error('planted'), { code: 'ECONNREFUSED' })
      assert.throws(() =>
        inSpan('b', SERVICE, () => {
          throw refused
        }),
      )
    })
    assert.deepEqual(
      ended.map(({ is_error, attributes }) => [is_error, attributes]),
      [
        [true, { 'error.type': 'RangeError' }],
        [true, { 'error.type': 'ECONNREFUSED' }],
      ],
    )
  })

  test('without a recorder, without a trace, or in a trace that is not sampled, work runs and nothing is recorded', () => {
    const sampled = newTrace()
    assert.equal(
      withTrace(sampled, () => inSpan('a', SERVICE, () => currentTrace())),
      sampled,
    )
    assert.equal(
      inSpan('a', { ...SERVICE, parent: sampled }, () => currentTrace()),
      sampled,
    )
    recordAll()
    assert.equal(isRecording(), true)
    assert.equal(
      inSpan('a', SERVICE, () => 1),
      1,
    )
    const quiet = quietTrace()
    assert.equal(
      withTrace(quiet, () => inSpan('a', SERVICE, () => currentTrace())),
      quiet,
    )
    assert.equal(
      inPartOf('a', { ...SERVICE, parent: newTrace() }, () => 2),
      2,
    )
    assert.deepEqual(ended, [])
  })

  test('a part is recorded below a span under way, and its links name other traces, 128 at most', () => {
    recordAll()
    const others = Array.from({ length: 200 }, () => newTrace())
    inSpan('whole', { ...SERVICE, parent: newTrace() }, () => inPartOf('part', { ...SERVICE, links: others }, () => {}))
    const [part, whole] = ended as [EndedSpan, EndedSpan]
    assert.equal(part.parent_span_id, whole.span_id)
    assert.equal(part.links.length, 128)
    assert.equal(part.links[3]?.trace_id, others[3]?.traceparent.slice(3, 35))
  })

  test('a span that comes in from outside stands at its own place below its sender; a sender who is not heard leaves a beginning', () => {
    recordAll()
    const trace = { correlation_id: 'a', traceparent: enteredTraceparent(HEADER) }
    beginSpanAt(trace, HEADER, 'GET /a', SERVICE)?.end()
    const fresh = { correlation_id: 'b', traceparent: enteredTraceparent('nonsense') }
    beginSpanAt(fresh, 'nonsense', 'GET /b', SERVICE)?.end()
    assert.deepEqual(
      ended.map(({ trace_id, parent_span_id }) => [trace_id, parent_span_id]),
      [
        ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'],
        [fresh.traceparent.slice(3, 35), undefined],
      ],
    )
    assert.equal(ended[0]?.span_id, trace.traceparent.slice(36, 52))
  })

  test('a span is over once, whatever is said of it later', () => {
    recordAll()
    const span = beginSpan('a', { ...SERVICE, parent: newTrace() })
    assert.equal(withTrace(span?.trace ?? newTrace(), currentSpan), span)
    span?.end()
    span?.fail(new Error('late'))
    assert.equal(ended.length, 1)
    assert.equal(ended[0]?.is_error, false)
  })

  test('only one recorder at a time; after its end nothing is recorded any more', () => {
    recordAll()
    assert.throws(() => recordSpans(samplerOf('always_on'), () => {}), RangeError)
    stop()
    inSpan('a', { ...SERVICE, parent: newTrace() }, () => {})
    assert.deepEqual([ended, isRecording()], [[], false])
  })

  test('a parent-based sampler follows the sender; any other decides by itself', () => {
    const unsampled = `${HEADER.slice(0, -2)}00`
    const flagsOf = (header: string): string => enteredTraceparent(header).slice(-2)
    recordAll(samplerOf('parentbased_traceidratio', 0))
    assert.deepEqual([flagsOf(HEADER), flagsOf(unsampled), newTrace().traceparent.slice(-2)], ['01', '00', '00'])
    stop()
    recordAll(samplerOf('always_on'))
    assert.deepEqual([flagsOf(HEADER), flagsOf(unsampled)], ['01', '01'])
    stop()
    recordAll(samplerOf('always_off'))
    assert.equal(flagsOf(HEADER), '00')
  })
})

test('a ratio takes about that share of the traces, the same ones wherever it is asked', () => {
  const [tenth, half] = [samplerOf('traceidratio', 0.1), samplerOf('parentbased_traceidratio', 0.5)]
  const ids = Array.from({ length: 10_000 }, () => newTrace().traceparent.slice(3, 35))
  const taken = ids.filter((id) => tenth(id, undefined))
  assert.ok(taken.length > 800 && taken.length < 1_200, String(taken.length))
  assert.ok(taken.every((id) => half(id, undefined)))
  assert.equal(samplerOf('traceidratio')(ids[0] as string, false), true)
  assert.throws(() => samplerOf('traceidratio', 1.5), RangeError)
})
