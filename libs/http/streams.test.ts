import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Type } from 'typebox'
import { declareSettings } from '#libs/config/settings.ts'
import type { Caller } from '#libs/contract/client.ts'
import { operationsOf } from '#libs/contract/operation.ts'
import { Fault, Problem, platformProblems } from '#libs/problem/problem.ts'
import { defineService } from '#libs/service/service.ts'
import { createLog } from '#libs/telemetry/log.ts'
import { aCustomer } from '#libs/testing/callers.ts'
import { eventually, openServiceTest } from '#libs/testing/service-test.ts'
import { operationsFor } from './implement.ts'
import { openApiOf } from './openapi.ts'
import { registerRoute } from './routes.ts'
import { createHttpServer } from './server.ts'
import type { StreamPace } from './streams.ts'

const ring = operationsOf('bell-service')({
  id: 'ring',
  method: 'GET',
  path: '/bells',
  summary: 'Bells as they ring',
  access: { roles: ['customer'] },
  reply: Type.Object({ stroke: Type.Integer() }),
  stream: true,
})

const PACE: StreamPace = { retryMs: 1_234, heartbeatMs: 20, confirmMs: 20, stallMs: 300 }

/** A tower whose bells ring as the test pulls them; `open` counts who listens. */
class Tower {
  readonly strokes: number[] = []
  open = 0
  pulls = 0
  size = 1
  /** The stroke at which the rope tears. */
  torn = 0
  readonly #wakes = new Set<() => void>()

  pull(): void {
    this.strokes.push(this.strokes.length + 1)
    for (const wake of this.#wakes) wake()
  }

  async *listen(after: number, signal: AbortSignal) {
    this.open += 1
    try {
      for (let at = after; !signal.aborted; ) {
        const stroke = this.strokes[at]
        if (stroke !== undefined) {
          at += 1
          this.pulls += 1
          if (at === this.torn) throw new Error('the rope tore')
          yield { id: String(at), event: 'stroke', data: { stroke, secret: 'x'.repeat(this.size) } }
          continue
        }
        await new Promise<void>((resolve) => {
          this.#wakes.add(resolve)
          signal.addEventListener('abort', () => resolve(), { once: true })
        })
      }
    } finally {
      this.open -= 1
    }
  }
}

/** The tower behind a real listener; `session` is what the verifier says of the caller's session. */
async function openTower(t: TestContext, pace: Partial<StreamPace> = {}, project = true) {
  const tower = new Tower()
  const session = { error: undefined as Error | undefined }
  const { implementStream } = operationsFor<Tower>()
  const contract = project ? ring : { ...ring, reply: Type.Object({ stroke: Type.Integer(), secret: Type.String() }) }
  const service = defineService<Tower>({
    name: 'bell-service',
    migrations: new URL('../testing/jar-migrations/', import.meta.url),
    settings: declareSettings({}),
    operations: [
      implementStream(contract, {
        open(_input, { own, lastEventId, signal }) {
          if (lastEventId === 'none') throw new Problem(platformProblems.NOT_FOUND)
          return own.listen(Number(lastEventId ?? 0), signal)
        },
      }),
    ],
    ...{ reactions: [], jobs: [], produces: [], problems: {}, constraints: {}, owners: {}, partitioned: [] },
    open: async () => tower,
  })
  const bells = await openServiceTest(t, service)
  const logged: string[] = []
  const log = createLog({ service: 'test', level: 'error', destination: { write: (line) => logged.push(line) } })
  const server = createHttpServer({ log, bodyLimitBytes: 1024, constraints: {} })
  const caller = { current: aCustomer() as Caller }
  const callers = {
    callerOf: async () => caller.current,
    confirm: async () => {
      if (session.error !== undefined) throw session.error
    },
  }
  const executor = bells.runtime.executors.get('ring')
  assert.ok(executor)
  registerRoute(server, '/api/v1', '/bells', executor, callers, { ...PACE, ...pace })
  await server.listen({ port: 0, host: '127.0.0.1' })
  t.after(() => server.close())
  const { port } = server.server.address() as { port: number }
  return { tower, session, server, caller, port, logged, sql: bells.sql }
}

/** A client that reads a stream into text until it ends. */
async function listen(port: number, headers: Record<string, string> = {}) {
  const stop = new AbortController()
  const response = await fetch(`http://127.0.0.1:${port}/api/v1/bells`, { headers, signal: stop.signal })
  const heard = { text: '', isOver: false }
  const reading = (async () => {
    const decoder = new TextDecoder()
    try {
      for await (const chunk of response.body ?? []) heard.text += decoder.decode(chunk as Uint8Array)
    } finally {
      heard.isOver = true
    }
  })().catch(() => {})
  return { response, heard, reading, stop: () => stop.abort() }
}

describe('a stream over HTTP', () => {
  test('sends events of the contract with their ids, and heartbeats between them', async (t) => {
    const { tower, port } = await openTower(t)
    tower.pull()
    const { response, heard, stop } = await listen(port)
    assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8')
    await eventually(() => heard.text.includes('\n:\n'))
    tower.pull()
    await eventually(() => heard.text.includes('id: 2\n'))
    assert.equal(
      heard.text.replaceAll(':\n\n', ''),
      'retry: 1234\n\nid: 1\nevent: stroke\ndata: {"stroke":1}\n\nid: 2\nevent: stroke\ndata: {"stroke":2}\n\n',
    )
    stop()
  })

  test('goes on after the last event that the client names', async (t) => {
    const { tower, port } = await openTower(t)
    for (let i = 0; i < 3; i++) tower.pull()
    const { heard, stop } = await listen(port, { 'last-event-id': '2' })
    await eventually(() => heard.text.includes('id: 3\n'))
    assert.doesNotMatch(heard.text, /id: [12]\n/)
    stop()
  })

  test('refuses before the first byte: strangers, a name no stream gave out, and what the operation refuses', async (t) => {
    const { tower, port, caller, sql } = await openTower(t)
    const wrong = await listen(port, { 'last-event-id': 'a b' })
    assert.equal(wrong.response.status, 400)
    const refused = await listen(port, { 'last-event-id': 'none' })
    assert.equal(refused.response.status, 404)
    caller.current = { ...caller.current, roles: ['auditor'] }
    assert.equal((await listen(port)).response.status, 403)
    const denied = await sql<{ outcome: string }[]>`select outcome from audit_outbox`
    assert.deepEqual(
      denied.map(({ outcome }) => outcome),
      ['DENIED_403'],
    )
    assert.equal(tower.open, 0)
  })

  test('breaks off where its source does, which leaves its stack in the log', async (t) => {
    const { tower, port, logged } = await openTower(t)
    tower.torn = 2
    const { heard } = await listen(port)
    tower.pull()
    tower.pull()
    await eventually(() => heard.isOver && tower.open === 0)
    assert.match(heard.text, /id: 1\n/)
    assert.equal(logged.length, 1)
    assert.match(String(logged[0]), /the rope tore.*listen.*an answer broke off/s)
  })

  test('frees what it holds when the client goes away', async (t) => {
    const { tower, port, logged } = await openTower(t)
    const { stop } = await listen(port)
    await eventually(() => tower.open === 1)
    stop()
    await eventually(() => tower.open === 0)
    assert.deepEqual(logged, [])
  })

  test('ends when the session does, and outlives a verifier that cannot tell', async (t) => {
    const { tower, session, port } = await openTower(t)
    const { heard } = await listen(port)
    session.error = new Fault('identity is away')
    await sleep(100)
    assert.equal(heard.isOver, false)
    session.error = new Problem(platformProblems.UNAUTHENTICATED)
    await eventually(() => heard.isOver && tower.open === 0)
  })

  test('ends when the server drains, which does not wait for it', async (t) => {
    const { tower, server, port } = await openTower(t)
    const { heard } = await listen(port)
    await eventually(() => tower.open === 1)
    await server.close()
    await eventually(() => heard.isOver && tower.open === 0)
  })

  test('cuts off a client that takes nothing, after a bounded amount', async (t) => {
    const { tower, port, logged } = await openTower(t, {}, false)
    tower.size = 100_000
    for (let i = 0; i < 2_000; i++) tower.pull()
    const socket = connect(port, '127.0.0.1')
    t.after(() => socket.destroy())
    socket.on('error', () => {})
    socket.pause()
    socket.write('GET /api/v1/bells HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n')
    await eventually(() => tower.pulls > 0)
    await eventually(() => tower.open === 0)
    assert.deepEqual(logged, [])
    assert.ok(tower.pulls < 1_000, `${tower.pulls} events were taken for a client that reads none`)
  })

  test('is described as server-sent events', () => {
    const { paths } = openApiOf([{ operation: ring, path: ring.path }], { title: '', version: '', description: '' })
    type Described = { responses: Record<string, { content: object }>; parameters: { name: string }[] }
    const { responses, parameters } = (paths as Record<string, { get: Described }>)['/api/v1/bells']!.get
    assert.deepEqual(Object.keys(responses['200']?.content ?? {}), ['text/event-stream'])
    assert.deepEqual(
      parameters.map(({ name }) => name),
      ['Last-Event-ID'],
    )
  })
})
