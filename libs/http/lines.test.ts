import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { Type } from 'typebox'
import { anonymous } from '#libs/contract/client.ts'
import { operationsOf } from '#libs/contract/operation.ts'
import { Fault, Problem, platformProblems } from '#libs/problem/problem.ts'
import { createLog } from '#libs/telemetry/log.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { createBulkExecutor } from './execute-bulk.ts'
import type { Executor, Fate, OperationHost, Request } from './executor.ts'
import type { AnyBulk, BulkMode, MemberFate } from './implement.ts'
import { openApiOf } from './openapi.ts'
import { registerRoute } from './routes.ts'
import { createHttpServer } from './server.ts'

const operation = operationsOf('jar-service')
const fill = operation({
  id: 'fill',
  method: 'POST',
  path: '/jars',
  summary: 'Fills a jar',
  access: { anyone: true },
  body: Type.Object({ sweets: Type.Integer({ minimum: 0 }), label: Type.Optional(Type.String()) }),
  reply: Type.Object({}),
  batched: true,
})
const fillMany = operation({
  id: 'fillMany',
  method: 'POST',
  path: '/jars/bulk',
  summary: 'Fills many jars',
  access: { anyone: true },
  query: Type.Object({ mode: Type.Optional(Type.String()) }),
  body: Type.Object({ jars: Type.Array(fill.body) }),
  reply: Type.Object({ items: Type.Array(Type.Unknown()) }),
  bulkOf: fill,
  bodyLimitBytes: 2_000_000,
})

const beats: AnyBulk = {
  membersOf: (body) => ({ mode: 'each', bodies: (body as { jars: unknown[] }).jars }),
  modeOf: (query) => (query as { mode?: BulkMode }).mode ?? 'each',
  itemOf: (body, fate: MemberFate) => ({
    sweets: (body as { sweets: number } | undefined)?.sweets ?? null,
    status: fate.status,
    ...('problem' in fate ? { code: fate.problem.kind.code } : {}),
  }),
  replyOf: (_mode, items) => ({ items: [...items] }),
}

/** Members are done; 13 sweets are refused, 503 fail, and of 500,000 our own code falls over. */
function fateOf({ input }: Request): Fate {
  const { sweets } = input.body as { sweets: number }
  if (sweets === 13) return { error: new Problem(platformProblems.FORBIDDEN) }
  if (sweets === 500_000) return { error: new TypeError('no such jar') }
  if (sweets === 503) return { error: new Fault('the kitchen is closed') }
  return { answer: { status: 200, reply: {}, headers: {} } }
}

async function openKitchen(t: TestContext) {
  const kitchen = { asked: 0, largest: 0, wait: Promise.resolve(), onFall: () => {} }
  const members = {
    decideEach: async (requests: readonly Request[]) => {
      kitchen.asked += requests.length
      kitchen.largest = Math.max(kitchen.largest, requests.length)
      const fates = requests.map(fateOf)
      if (fates.some((fate) => 'error' in fate && fate.error instanceof TypeError)) kitchen.onFall()
      else await kitchen.wait
      return fates
    },
    decideTogether: async (requests: readonly Request[]) => {
      const fates = requests.map(fateOf)
      return fates.some((fate) => 'error' in fate) ? fates.map((fate) => ('error' in fate ? fate : 'undone')) : fates
    },
  }
  const sibling: Executor = { contract: fill, execute: () => Promise.reject(new Error('not asked')), members }
  const host = { constraints: {}, client: {}, database: {}, owners: {} } as unknown as OperationHost
  const executor = createBulkExecutor(fillMany, beats, host, new Map([['fill', sibling]]))
  const logged: string[] = []
  const log = createLog({ service: 'test', level: 'error', destination: { write: (text) => logged.push(text) } })
  const server = createHttpServer({ log, bodyLimitBytes: 1024, constraints: {} })
  const callers = { callerOf: async () => anonymous, confirm: async () => {} }
  registerRoute(server, '', '/jars/bulk', executor, callers)
  registerRoute(
    server,
    '',
    '/jars',
    { ...sibling, execute: async () => ({ status: 200, reply: {}, headers: {} }) },
    callers,
  )
  await server.listen({ port: 0, host: '127.0.0.1' })
  t.after(() => server.close())
  const { port } = server.server.address() as { port: number }
  const send = async (body: string, query = '', headers: Record<string, string> = {}) => {
    const url = `http://127.0.0.1:${port}/jars/bulk${query}`
    const type = { 'content-type': 'application/x-ndjson', ...headers }
    const response = await fetch(url, { method: 'POST', headers: type, body })
    const text = await response.text()
    return {
      response,
      text,
      items: () =>
        text
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line)),
    }
  }
  return { server, kitchen, port, send, logged }
}

/** A connection on which everything that comes is kept. */
function openLine(t: TestContext, port: number) {
  const socket = connect(port, '127.0.0.1')
  t.after(() => socket.destroy())
  const line = {
    socket,
    heard: '',
    chunk: (text: string) => socket.write(`${text.length.toString(16)}\r\n${text}\r\n`),
  }
  socket.on('data', (some) => {
    line.heard += some
  })
  return line
}

const HEAD = 'POST /jars/bulk HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-ndjson\r\n'
const line = (sweets: number): string => `${JSON.stringify({ sweets })}\n`

describe('a bulk of lines', () => {
  test('is answered line by line in their order, wrong ones among the others', async (t) => {
    const { send } = await openKitchen(t)
    const { response, items } = await send(`${line(1)}\n${line(13)}{"sweets":-1}\n{"sweets"\n${line(503)}{"sweets":7}`)
    assert.equal(response.status, 200)
    assert.equal(response.headers.get('content-type'), 'application/x-ndjson; charset=utf-8')
    assert.deepEqual(items(), [
      { sweets: 1, status: 'done' },
      { sweets: 13, status: 'refused', code: 'FORBIDDEN' },
      { sweets: null, status: 'refused', code: 'VALIDATION_FAILED' },
      { sweets: null, status: 'refused', code: 'MALFORMED_JSON' },
      { sweets: 503, status: 'unknown', code: 'UNAVAILABLE' },
      { sweets: 7, status: 'done' },
    ])
  })

  test('takes letters of several bytes wherever they are cut', async (t) => {
    const { port } = await openKitchen(t)
    const body = Buffer.from(`{"sweets":1,"label":"Größe 🍬"}\n`)
    const wire = openLine(t, port)
    const { socket } = wire
    socket.write(`${HEAD}content-length: ${body.length}\r\nconnection: close\r\n\r\n`)
    for (const byte of body) socket.write(Buffer.of(byte))
    await eventually(() => wire.heard.includes('"status":"done"'))
  })

  test('answers a line before the next one is sent, and reads no more than is decided', async (t) => {
    const { kitchen, port } = await openKitchen(t)
    const wire = openLine(t, port)
    const { socket, chunk } = wire
    socket.write(`${HEAD}transfer-encoding: chunked\r\n\r\n`)
    chunk(line(1))
    await eventually(() => wire.heard.includes('"sweets":1,"status":"done"'))
    let open = (): void => {}
    kitchen.wait = new Promise((resolve) => {
      open = resolve
    })
    const asked = kitchen.asked
    for (let i = 0; i < 9_000; i++) chunk(line(i))
    await eventually(() => kitchen.asked > asked)
    await new Promise((resolve) => setTimeout(resolve, 100))
    assert.ok(kitchen.asked - asked <= 3 * 512, `${kitchen.asked - asked} were read`)
    open()
    chunk(line(99_999))
    socket.write('0\r\n\r\n')
    await eventually(() => wire.heard.includes('"sweets":99999'))
    assert.equal(wire.heard.match(/"status"/g)?.length, 9_002)
    assert.ok(kitchen.largest <= 512)
  })

  test('all together are done or none, which a line that cannot be read decides too', async (t) => {
    const { send } = await openKitchen(t)
    const of = async (body: string) => (await send(body, '?mode=atomic')).items().map((item) => item.status)
    assert.deepEqual(await of(line(1) + line(2)), ['done', 'done'])
    assert.deepEqual(await of(line(1) + line(13) + line(2)), ['undone', 'refused', 'undone'])
    assert.deepEqual(await of(`${line(1)}{}\n`), ['undone', 'refused'])
  })

  test('ends with an item of which nothing is known where our own code fails, after all that came before, and the stack is logged', async (t) => {
    const { kitchen, send, logged } = await openKitchen(t)
    // What comes before takes longer than the failure.
    kitchen.wait = new Promise((resolve) => {
      kitchen.onFall = () => setImmediate(resolve)
    })
    const { items } = await send(`${line(1).repeat(512)}${line(500_000)}${line(2).repeat(9)}`)
    const answered = items()
    const last = answered.pop()
    assert.deepEqual(last, { sweets: null, status: 'unknown', code: 'INTERNAL' })
    assert.deepEqual([answered.length, answered.every((item) => item.status === 'done')], [512, true])
    assert.equal(logged.length, 1)
    assert.match(String(logged[0]), /no such jar.*fateOf.*an answer broke off/s)
    const together = (await send(line(1) + line(500_000), '?mode=atomic')).items()
    assert.deepEqual(together, [last])
    assert.equal(logged.length, 2)
  })

  test('ends where our own code fails, though the client sends no more; what it then sends is dropped, and nothing of it is done', async (t) => {
    const { kitchen, port } = await openKitchen(t)
    const wire = openLine(t, port)
    const { socket, chunk } = wire
    socket.write(`${HEAD}transfer-encoding: chunked\r\n\r\n`)
    chunk(line(1) + line(500_000))
    await eventually(() => wire.heard.includes('"code":"INTERNAL"') && wire.heard.endsWith('\r\n0\r\n\r\n'))
    for (let i = 0; i < 40; i++) chunk(line(7).repeat(5_000))
    socket.write(`0\r\n\r\n${HEAD}content-length: ${line(9).length}\r\n\r\n${line(9)}`)
    await eventually(() => wire.heard.includes('"sweets":9,"status":"done"'))
    assert.equal(kitchen.asked, 3)
    assert.equal(wire.heard.includes('"sweets":7'), false)
  })

  test('begins nothing more after a failure, not even what waited for room', async (t) => {
    const { kitchen, send } = await openKitchen(t)
    let open = (): void => {}
    kitchen.wait = new Promise((resolve) => {
      open = resolve
    })
    const other = send(line(1).repeat(3 * 512))
    await eventually(() => kitchen.asked === 3 * 512)
    const { items } = await send(line(500_000) + line(2).repeat(1_000))
    assert.deepEqual(items(), [{ sweets: null, status: 'unknown', code: 'INTERNAL' }])
    open()
    assert.equal((await other).items().length, 3 * 512)
    assert.equal(kitchen.asked, 4 * 512)
  })

  test('is bounded: in lines, in the length of one, and in all', async (t) => {
    const { send, kitchen } = await openKitchen(t)
    const many = (await send(line(1).repeat(10_005))).items()
    assert.equal(many.length, 10_001)
    assert.equal(many.at(-1).code, 'BODY_TOO_LARGE')
    assert.equal(kitchen.asked, 10_000)
    const long = JSON.stringify({ sweets: 1, label: 'x'.repeat(70_000) })
    assert.deepEqual(
      (await send(`${line(1)}${long}\n${line(2)}`)).items().map((item) => item.code ?? item.status),
      ['done', 'BODY_TOO_LARGE', 'done'],
    )
    assert.equal((await send(`${line(1)}${'x'.repeat(200_000)}`)).items().at(-1).code, 'BODY_TOO_LARGE')
    const large = `${JSON.stringify({ sweets: 1, label: 'x'.repeat(1_000) })}\n`.repeat(2_500)
    assert.equal((await send(large)).items().at(-1).code, 'BODY_TOO_LARGE')
  })

  test('a client that reads nothing until it has sent all gets all its answers', async (t) => {
    const { send } = await openKitchen(t)
    assert.equal((await send(line(1).repeat(10_000))).items().length, 10_000)
  })

  test('a client that goes away stops what it sent from being read, and frees its place', async (t) => {
    const { kitchen, port, send, logged } = await openKitchen(t)
    for (let i = 0; i < 40; i++) {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => {})
      socket.write(`${HEAD}content-length: 100000\r\n\r\n`)
      const asked = kitchen.asked
      socket.write(line(1))
      await eventually(() => kitchen.asked > asked)
      socket.destroy()
    }
    await eventually(async () => (await send(line(1))).response.status === 200)
    assert.deepEqual(logged, [])
  })

  test('one that is under way while the server closes is answered to its end, and its connection does not hold the close', async (t) => {
    const { server, port } = await openKitchen(t)
    const wire = openLine(t, port)
    const { socket } = wire
    let isClosed = false
    socket.once('close', () => {
      isClosed = true
    })
    const body = line(1) + line(2)
    socket.write(`${HEAD}content-length: ${body.length}\r\n\r\n${line(1)}`)
    await eventually(() => wire.heard.includes('"sweets":1'))
    const closed = server.close()
    await eventually(() => !server.server.listening)
    socket.write(line(2))
    await eventually(() => isClosed)
    assert.match(wire.heard, /"sweets":2,"status":"done"\}\n\r\n0\r\n\r\n$/)
    await closed
  })

  test('more bulks at once than there is room for are told to come back', async (t) => {
    const { kitchen, send } = await openKitchen(t)
    let open = (): void => {}
    kitchen.wait = new Promise((resolve) => {
      open = resolve
    })
    const sent = Array.from({ length: 17 }, () => send(line(1)))
    const first = await Promise.race(sent)
    assert.equal(first.response.status, 503)
    assert.equal(first.response.headers.get('retry-after'), '1')
    open()
    const done = (await Promise.all(sent)).map(({ response }) => response.status)
    assert.deepEqual(done.toSorted(), [...Array<number>(16).fill(200), 503])
  })

  test('is refused where no bulk is taken, and described', async (t) => {
    const { port } = await openKitchen(t)
    const headers = { 'content-type': 'application/x-ndjson' }
    const response = await fetch(`http://127.0.0.1:${port}/jars`, { method: 'POST', headers, body: line(1) })
    assert.equal(response.status, 415)
    const document = openApiOf([{ operation: fillMany, path: '/jars/bulk' }], {
      title: '',
      version: '1',
      description: '',
    })
    const { post } =
      (document.paths as Record<string, { post: { requestBody: { content: object } } }>)['/api/v1/jars/bulk'] ?? {}
    assert.deepEqual(Object.keys(post?.requestBody.content ?? {}), ['application/json', 'application/x-ndjson'])
  })
})
