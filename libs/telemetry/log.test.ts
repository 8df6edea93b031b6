import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newTrace, withTrace } from './context.ts'
import { createLog, type Log } from './log.ts'

/** A logger and the lines it has written. */
function logOfLines(level: 'trace' | 'info' = 'trace'): {
  log: Log
  lines: string[]
  last: () => Record<string, unknown>
} {
  const lines: string[] = []
  const log = createLog({ service: 'test-service', level, destination: { write: (line) => lines.push(line) } })
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? 'null') }
}

test('a line is one JSON object with time, level by name, service, message and fields', () => {
  const { log, lines, last } = logOfLines()
  log.info({ rows: 3, amount_cents: 9_007_199_254_740_993n }, 'imported')
  const { time, ...rest } = last()
  assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  assert.deepEqual(
    { ...rest, amount_cents: undefined },
    { level: 'info', service: 'test-service', rows: 3, msg: 'imported', amount_cents: undefined },
  )
  assert.match(lines[0] ?? '', /"amount_cents":9007199254740993[,}]/)
  assert.match(lines[0] ?? '', /^[^\n]+\n$/)
})

test('a line within a trace carries its correlation id and trace id, children too; outside it carries neither', () => {
  const { log, last } = logOfLines()
  const trace = newTrace()
  const child = log.child({ job: 'a' })
  for (const logger of [log, child]) {
    withTrace(trace, () => logger.warn('x'))
    assert.equal(last().correlation_id, trace.correlation_id)
    assert.equal(last().trace_id, trace.traceparent.split('-')[1])
  }
  log.warn('x')
  assert.equal('correlation_id' in last(), false)
})

test('planted secrets reach no line: fields, messages, placeholders, bindings of children and grandchildren, errors', () => {
  const { log, lines } = logOfLines()
  log.info({ a: { password: 'planted' } }, 'mail to planted@example.org')
  log.info('user %o and %s', { token: 'planted' }, 'planted@example.org')
  log.info({ msg: 'planted@example.org' })
  const child = log.child({ cookie: 'planted' }, { level: 'trace' })
  child.child({ user: { email: 'planted' } }).info('x')
  child.setBindings({ secret: 'planted' })
  child.info('x')
  log.error(new Error('planted@example.org'))
  log.error({ error: new Error('planted@example.org') }, 'failed')
  log.error({ err: Object.assign(new Error('x'), { authorization: 'planted' }) })
  assert.equal(lines.length, 8)
  for (const line of lines) assert.doesNotMatch(line, /planted/)
})

test('an error is logged with its type and stack, under err or any other field', () => {
  const { log, last } = logOfLines()
  log.error(new RangeError('too far'))
  assert.equal(last().msg, 'too far')
  const { type, stack } = last().err as { type: string; stack: string }
  assert.equal(type, 'RangeError')
  assert.match(stack, /log\.test\.ts/)
  log.error({ error: new RangeError('too far') }, 'failed')
  assert.equal((last().error as { type: string }).type, 'RangeError')
})

test('lines below the level are not written', () => {
  const { log, lines } = logOfLines('info')
  log.debug('x')
  assert.equal(lines.length, 0)
})
