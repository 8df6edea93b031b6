import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { operationsOf } from '#libs/contract/operation.ts'
import type { StreamReply } from '#libs/contract/stream-reply.ts'
import { createDiscovery } from '#libs/http/discovery.ts'
import type { Executor, LineExecutor } from '#libs/http/executor.ts'
import { ORIGIN_HEADER } from '#libs/http/raw.ts'
import type { RawRequest } from '#libs/http/raw-messages.ts'
import { registerRoute } from '#libs/http/routes.ts'
import { createHttpServer } from '#libs/http/server.ts'
import { Problem, platformProblems } from '#libs/problem/problem.ts'
import { createLog } from '#libs/telemetry/log.ts'
import { aCustomer } from '#libs/testing/callers.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { type ProxyOptions, registerProxy } from './proxy.ts'

const ring = operationsOf('bell-service')({
  id: 'ring',
  method: 'GET',
  path: '/bells',
  summary: 'Bells as they ring',
  access: { signedIn: true },
  reply: Type.Object({ stroke: Type.Integer() }),
  stream: true,
})

const toll = operationsOf('bell-service')({
  id: 'toll',
  method: 'POST',
  path: '/tolls/:bell',
  summary: 'Tolls in its own protocol',
  access: { anyone: true },
  params: Type.Object({ bell: Type.String() }),
  reply: Type.Unknown(),
  raw: true,
})

const mend = operationsOf('bell-service')({
  id: 'mend',
  method: 'POST',
  path: '/mendings',
  summary: 'Mends a bell',
  access: { services: ['tower-service'] },
  body: Type.Object({ bell: Type.Integer() }),
  reply: Type.Object({}),
  batched: true,
})

const mendMany = operationsOf('bell-service')({
  id: 'mendMany',
  method: 'POST',
  path: '/mendings/bulk',
  summary: 'Mends many bells',
  access: mend.access,
  body: Type.Object({ bells: Type.Array(mend.body) }),
  reply: Type.Object({}),
  bulkOf: mend,
})

const listBells = operationsOf('bell-service')({
  id: 'listBells',
  method: 'GET',
  path: '/bells/all',
  summary: 'What bells there are',
  access: { anyone: true },
  reply: Type.Object({ bells: Type.Integer() }),
})

async function listening(t: TestContext, server: FastifyInstance): Promise<string> {
  await server.listen({ port: 0, host: '127.0.0.1' })
  t.after(() => server.close())
  return `http://127.0.0.1:${(server.server.address() as { port: number }).port}`
}

/** A gateway before a service in another listener, whose stream rings once and then waits. */
async function openSplitTower(t: TestContext) {
  const tower = { open: 0 }
  async function* strokes(after: string | undefined, signal: AbortSignal) {
    tower.open += 1
    try {
      yield { id: '1', event: 'stroke', data: { stroke: Number(after ?? 1) } }
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
    } finally {
      tower.open -= 1
    }
  }
  const executor: Executor = {
    contract: ring,
    execute: async ({ stream }) => {
      assert.ok(stream)
      if (stream.lastEventId === 'none') throw new Problem(platformProblems.NOT_FOUND)
      const reply: StreamReply = { kind: 'stream', events: strokes(stream.lastEventId, stream.signal) }
      return { status: 200, reply, headers: {} }
    },
  }
  const options = { log: createLog({ service: 'test', level: 'fatal' }), bodyLimitBytes: 1024, constraints: {} }
  const service = createHttpServer(options)
  const callers = { callerOf: async () => aCustomer(), confirm: async () => {} }
  registerRoute(service, '/api/v1', ring.path, executor, callers)
  const serviceUrl = await listening(t, service)
  const gateway = createHttpServer(options)
  registerProxy(
    gateway,
    { operation: ring, path: ring.path },
    {
      ...{
        others: createDiscovery({ addressesOf: () => serviceUrl }),
        tokenFor: async () => 'token',
        originOf: () => 'http://bank.test',
      },
    },
  )
  return { tower, gateway, service, url: `${await listening(t, gateway)}/api/v1/bells` }
}

describe('a stream through the proxy', () => {
  test('comes as it is made, after the event that the client names, and its end frees the service', async (t) => {
    const { tower, url } = await openSplitTower(t)
    const stop = new AbortController()
    const response = await fetch(url, { headers: { 'last-event-id': '7' }, signal: stop.signal })
    assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8')
    let text = ''
    for await (const chunk of response.body ?? []) {
      text += new TextDecoder().decode(chunk as Uint8Array)
      if (text.includes('"stroke":7')) break
    }
    assert.equal(tower.open, 1)
    stop.abort()
    await eventually(() => tower.open === 0)
  })

  test('is refused in the words of the service', async (t) => {
    const { url } = await openSplitTower(t)
    const response = await fetch(url, { headers: { 'last-event-id': 'none' } })
    assert.equal(response.status, 404)
    assert.equal(((await response.json()) as { code: string }).code, 'NOT_FOUND')
  })

  test('ends when the gateway or the service drains', async (t) => {
    for (const part of ['gateway', 'service'] as const) {
      const opened = await openSplitTower(t)
      const response = await fetch(opened.url)
      const reading = response.text().catch(() => 'broken off')
      await eventually(() => opened.tower.open === 1)
      await opened[part].close()
      await reading
      await eventually(() => opened.tower.open === 0)
    }
  })
})

describe('a raw operation in another process', () => {
  test('goes there as the text that it is, and its redirects and cookies come back as they are', async (t) => {
    const seen: RawRequest[] = []
    const executor: Executor = {
      contract: toll,
      execute: async ({ raw }) => {
        seen.push(raw as RawRequest)
        const headers = { location: 'https://shop.example/?code=1', 'set-cookie': ['a=1; path=/', 'b=2; path=/'] }
        return { status: 303, reply: { status: 303, headers, body: 'go' }, headers: {} }
      },
    }
    const options = { log: createLog({ service: 'test', level: 'fatal' }), bodyLimitBytes: 1024, constraints: {} }
    const service = createHttpServer(options)
    // What stands before a service believes the gateway's word for the origin behind its token alone (libs/http/callers.ts).
    const originOf = ({ headers }: { headers: Record<string, unknown> }): string => String(headers[ORIGIN_HEADER])
    const callers = { callerOf: async () => aCustomer(), confirm: async () => {}, originOf }
    registerRoute(service, '/api/v1', toll.path, executor, callers as never)
    const serviceUrl = await listening(t, service)
    const gateway = createHttpServer(options)
    const proxy = {
      others: createDiscovery({ addressesOf: () => serviceUrl }),
      tokenFor: async () => 'token',
      originOf: () => 'https://bank.test',
    }
    registerProxy(gateway, { operation: toll, path: toll.path }, proxy)
    const url = `${await listening(t, gateway)}/api/v1/tolls/7?a=%31&a=2`
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      cookie: '__Host-bf_sid=secret; c=3',
      dpop: 'proof',
    }
    const answer = await fetch(url, { method: 'POST', headers, body: 'x=1&y={', redirect: 'manual' })
    assert.deepEqual([answer.status, answer.headers.get('location')], [303, 'https://shop.example/?code=1'])
    assert.deepEqual(answer.headers.getSetCookie(), ['a=1; path=/', 'b=2; path=/'])
    assert.equal(await answer.text(), 'go')
    const [raw] = seen
    assert.deepEqual(
      [raw?.path, raw?.query, raw?.params, raw?.body, raw?.origin, raw?.client_certificate],
      ['/api/v1/tolls/7', 'a=%31&a=2', { bell: '7' }, 'x=1&y={', 'https://bank.test', null],
    )
    assert.deepEqual([raw?.headers.cookie, raw?.headers.dpop], ['c=3', 'proof'])
  })
})

/** The executor's operation in one listener, behind a gateway in another. */
async function behindGateway(t: TestContext, executor: Executor, more: Partial<ProxyOptions> = {}): Promise<string> {
  const options = { log: createLog({ service: 'test', level: 'fatal' }), bodyLimitBytes: 1024, constraints: {} }
  const service = createHttpServer(options)
  const { contract: operation } = executor
  registerRoute(service, '/api/v1', operation.path, executor, {
    callerOf: async () => aCustomer(),
    confirm: async () => {},
  })
  const serviceUrl = await listening(t, service)
  const gateway = createHttpServer(options)
  const others = createDiscovery({ addressesOf: () => serviceUrl })
  const proxy = { others, tokenFor: async () => 'token', originOf: () => 'http://bank.test', ...more }
  registerProxy(gateway, { operation, path: operation.path }, proxy)
  return `${await listening(t, gateway)}/api/v1${operation.path}`
}

describe('lines for a service in another process', () => {
  const body = '{"bell":1}\n'.repeat(50_000)
  const headers = { 'content-type': 'application/x-ndjson' }
  const never = async () => assert.fail('is not for people')

  test('are refused in the words of the service, which is handed none of them', async (t) => {
    let asked = 0
    const enter = async () => {
      asked += 1
      throw new Problem(platformProblems.FORBIDDEN)
    }
    const lines = { enter, answer: never, unknown: never }
    const url = await behindGateway(t, { contract: mendMany, execute: never, lines })
    const answer = await fetch(url, { method: 'POST', headers, body })
    assert.equal(((await answer.json()) as { code: string }).code, 'FORBIDDEN')
    assert.equal(asked, 1)
  })

  test('are never answered as if they had been taken, should the service let people in', async (t) => {
    const taken: unknown[] = []
    const answerAll: LineExecutor['answer'] = async (_request, slices) => {
      for await (const slice of slices) taken.push(...slice)
    }
    const lines = { enter: async () => ({ leave: () => {} }), answer: answerAll, unknown: never }
    const url = await behindGateway(t, { contract: mendMany, execute: never, lines })
    const answer = await fetch(url, { method: 'POST', headers, body })
    assert.deepEqual([answer.status, taken], [415, []])
  })
})

describe('what anybody may read', () => {
  test('is read with whatever token: nobody is asked who wrote lately', async (t) => {
    const answered = { status: 200, reply: { bells: 3 }, headers: {} }
    const isFresh = () => Promise.reject(new Problem(platformProblems.UNAUTHENTICATED))
    const url = await behindGateway(t, { contract: listBells, execute: async () => answered }, { isFresh })
    const answer = await fetch(url, { headers: { authorization: 'Bearer of.last.week' } })
    assert.deepEqual([answer.status, await answer.json()], [200, { bells: 3 }])
  })
})
