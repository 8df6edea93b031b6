import { writeSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import { resolve } from 'node:path'
import type { TestEvent } from 'node:test/reporters'
import { inspect } from 'node:util'
import type { ShardEvent } from './tally.ts'

/** The pipe that the runner opens for us: tests may print what they like on stdout. */
const EVENTS_FD = 3

/** node:test's own totals come as diagnostics too; what else comes is an error outside of any test. */
const COUNT_LINE = /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/

type Finished = Extract<TestEvent, { type: 'test:pass' | 'test:fail' }>

/** Sends what happened as JSON lines, each at once and in full, so that a killed process loses nothing it has done. */
export default async function* reporter(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const path: string[] = []
  let isLoading = true
  for await (const event of source) {
    if (isLoading && event.type === 'test:dequeue') {
      // Every file is loaded. Written at the end alone, the cache would not serve what the tests start meanwhile.
      flushCompileCache()
      isLoading = false
    }
    if (event.type === 'test:start') {
      // Told in the order of the report, when the test is already over: good for names, not for what runs.
      path[event.data.nesting] = event.data.name
    } else if (event.type === 'test:dequeue') {
      send({ kind: 'started', file: event.data.file ?? '', name: event.data.name })
    } else if (event.type === 'test:pass' || event.type === 'test:fail') {
      sendFinished(event, [...path.slice(0, event.data.nesting), event.data.name].join(' › '))
    } else if (event.type === 'test:diagnostic' && !COUNT_LINE.test(event.data.message)) {
      send({ kind: 'warning', text: event.data.message })
    } else if (event.type === 'test:summary') {
      send({ kind: 'ended' })
    }
  }
  yield ''
}

function sendFinished({ type, data }: Finished, name: string): void {
  const error = type === 'test:fail' ? data.details.error : undefined
  const isSuite = data.details.type === 'suite'
  // A suite fails because its tests do, which are told one by one; only a failure of its own (a hook) is news.
  const isNews = !isSuite || (error !== undefined && failureType(error) !== 'subtestsFailed')
  const file = data.file ?? ''
  send({
    kind: 'finished',
    file,
    name,
    is_file: resolve(data.name) === resolve(file),
    is_counted: isNews,
    is_top: data.nesting === 0,
    duration_ms: data.details.duration_ms,
    outcome: outcomeOf(type, data),
    ...(error === undefined ? {} : { error: inspect(error.cause ?? error, { depth: 6 }) }),
    ...(typeof data.skip === 'string' ? { reason: data.skip } : {}),
  })
}

function outcomeOf(type: Finished['type'], data: Finished['data']): 'passed' | 'failed' | 'skipped' {
  if (type === 'test:fail' && data.todo === undefined) return 'failed'
  // A test marked as work to be done is allowed to fail by node:test: here it counts as not run.
  return data.skip !== undefined || data.todo !== undefined ? 'skipped' : 'passed'
}

function failureType(error: Error): unknown {
  return (error as Error & { failureType?: unknown }).failureType
}

function send(event: ShardEvent): void {
  writeSync(EVENTS_FD, `${JSON.stringify(event)}\n`)
}
