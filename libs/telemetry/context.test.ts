import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { childTraceparent, currentTrace, newTrace, parseTraceparent, withTrace } from './context.ts'

const EXAMPLE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

test('a trace follows what it awaits, and two at once do not mix', async () => {
  const [first, second] = [newTrace('first'), newTrace('second')]
  const seen = await Promise.all(
    [first, second].map((trace) =>
      withTrace(trace, async () => {
        await setImmediate()
        return currentTrace()
      }),
    ),
  )
  assert.deepEqual(seen, [first, second])
  assert.equal(currentTrace(), undefined)
})

test('a new trace has a valid, unique traceparent and keeps the correlation id it was given', () => {
  const trace = newTrace('abc')
  assert.equal(trace.correlation_id, 'abc')
  assert.equal(parseTraceparent(trace.traceparent)?.flags, 1)
  assert.notEqual(newTrace().traceparent, newTrace().traceparent)
  assert.match(newTrace().correlation_id, /^[0-9a-f]{8}-[0-9a-f]{4}-7/)
})

test('the header of the W3C recommendation is read, and a later version with more fields too', () => {
  const parts = { trace_id: '0af7651916cd43dd8448eb211c80319c', span_id: 'b7ad6b7169203331', flags: 1 }
  assert.deepEqual(parseTraceparent(EXAMPLE), parts)
  assert.deepEqual(parseTraceparent(`01${EXAMPLE.slice(2)}-more`), parts)
})

test('a header that the recommendation says to ignore is ignored', () => {
  const zeros = (digits: number) => '0'.repeat(digits)
  const ignored = [
    '',
    EXAMPLE.toUpperCase(),
    `ff${EXAMPLE.slice(2)}`,
    `${EXAMPLE}-more`,
    `${EXAMPLE}0`,
    EXAMPLE.slice(1),
  ]
  ignored.push(
    `00-${zeros(32)}-b7ad6b7169203331-01`,
    `00-0af7651916cd43dd8448eb211c80319c-${zeros(16)}-01`,
    ` ${EXAMPLE}`,
  )
  for (const header of ignored) assert.equal(parseTraceparent(header), undefined, header)
})

test('a child stays in the trace under a span of its own; a broken parent starts a new trace', () => {
  const child = parseTraceparent(childTraceparent(EXAMPLE))
  assert.equal(child?.trace_id, '0af7651916cd43dd8448eb211c80319c')
  assert.notEqual(child?.span_id, 'b7ad6b7169203331')
  assert.equal(parseTraceparent(childTraceparent(EXAMPLE.replace(/01$/, '00')))?.flags, 0)
  assert.ok(parseTraceparent(childTraceparent('nonsense')))
})
