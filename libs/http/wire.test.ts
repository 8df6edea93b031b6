import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { createLog } from '#libs/telemetry/log.ts'
import { createHttpServer } from './server.ts'

/** More than a client that reads nothing is sent ahead. */
const LARGE = 20_000_000

/** A listening server with routes that answer the address they were asked from, nothing, or much. */
async function openServer(t: TestContext, trustedProxies: readonly string[] = []) {
  const log = createLog({ service: 'test', level: 'silent' })
  const server = createHttpServer({ log, bodyLimitBytes: 1024, constraints: {}, trustedProxies })
  server.get('/jars/:jar_id', async (request) => ({ ip: request.ip }))
  server.post('/jars', async () => ({}))
  server.get('/cellar', async () => 'a'.repeat(LARGE))
  await server.listen({ port: 0, host: '127.0.0.1' })
  t.after(() => server.close())
  return { server, port: (server.server.address() as { port: number }).port }
}

function open(t: TestContext, port: number): Socket {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  t.after(() => socket.destroy())
  return socket
}

/** Sends these bytes and reads until the server closes: status, headers and body. */
async function exchange(t: TestContext, port: number, bytes: string) {
  const socket = open(t, port)
  let said = ''
  socket.setEncoding('utf8').on('data', (chunk) => (said += chunk))
  socket.write(bytes)
  await once(socket, 'close')
  const [head = '', body = ''] = said.split('\r\n\r\n', 2)
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1])
  return { status, head, body: body.startsWith('{') ? (JSON.parse(body) as Record<string, unknown>) : {} }
}

const END = 'Connection: close\r\n\r\n'

describe('what is no request of ours', () => {
  for (const [what, bytes, status, code] of [
    ['no HTTP at all', 'hello, bank\r\n\r\n', 400, 'MALFORMED_REQUEST'],
    [
      'headers beyond all measure',
      `GET /jars/1 HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(40_000)}\r\n${END}`,
      431,
      'HEADERS_TOO_LARGE',
    ],
    ['an absolute target', `GET http://x/jars/1 HTTP/1.1\r\nHost: x\r\n${END}`, 400, 'MALFORMED_REQUEST'],
    ['the target *', `OPTIONS * HTTP/1.1\r\nHost: x\r\n${END}`, 400, 'MALFORMED_REQUEST'],
    ['two hosts', `GET /jars/1 HTTP/1.1\r\nHost: x\r\nhost: y\r\n${END}`, 400, 'MALFORMED_REQUEST'],
    ['no host', `GET /jars/1 HTTP/1.1\r\n${END}`, 400, 'MALFORMED_REQUEST'],
    ['an unknown method', `BREW /jars/1 HTTP/1.1\r\nHost: x\r\n${END}`, 400, 'MALFORMED_REQUEST'],
    ['a method that the path has not', `PROPFIND /jars/1 HTTP/1.1\r\nHost: x\r\n${END}`, 405, 'METHOD_NOT_ALLOWED'],
  ] as const) {
    test(`is a problem with a correlation id: ${what}`, async (t) => {
      const { port } = await openServer(t)
      const answer = await exchange(t, port, bytes)
      assert.deepEqual([answer.status, answer.body.code], [status, code])
      assert.match(answer.head, /content-type: application\/problem\+json/i)
      assert.match(answer.head, new RegExp(`x-correlation-id: ${answer.body.correlation_id}`, 'i'))
    })
  }

  test('that never ends is a 408 problem', async (t) => {
    const { server, port } = await openServer(t)
    const pending = exchange(t, port, 'GET /jars/1 HTTP/1.1\r\nHost: x\r\n')
    const [socket] = (await once(server.server, 'connection')) as [Socket]
    server.server.emit('clientError', Object.assign(new Error('late'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }), socket)
    const answer = await pending
    assert.deepEqual([answer.status, answer.body.code], [408, 'REQUEST_TIMEOUT'])
    assert.equal(server.server.headersTimeout, 15_000)
  })
})

test('a known path says which methods it has, an unknown one has none', async (t) => {
  const { server } = await openServer(t)
  const wrong = await server.inject({ method: 'DELETE', url: '/jars/1?x=1' })
  assert.deepEqual([wrong.statusCode, wrong.headers.allow], [405, 'GET, HEAD'])
  assert.equal(wrong.json<{ code: string }>().code, 'METHOD_NOT_ALLOWED')
  const other = await server.inject({ method: 'GET', url: '/jars' })
  assert.deepEqual([other.statusCode, other.headers.allow], [405, 'POST'])
  const nowhere = await server.inject({ method: 'DELETE', url: '/jars/1/2' })
  assert.deepEqual([nowhere.statusCode, nowhere.headers.allow], [404, undefined])
})

test('X-Forwarded-For is believed of the proxies that are trusted and of nobody else', async (t) => {
  const asked = async (trusted: readonly string[], forwarded: string): Promise<unknown> => {
    const { server } = await openServer(t, trusted)
    const { body } = await server.inject({ url: '/jars/1', headers: { 'x-forwarded-for': forwarded } })
    return (JSON.parse(body) as { ip: string }).ip
  }
  assert.equal(await asked([], '203.0.113.7'), '127.0.0.1')
  assert.equal(await asked(['10.0.0.0/8'], '203.0.113.7'), '127.0.0.1')
  assert.equal(await asked(['127.0.0.0/8'], '203.0.113.7'), '203.0.113.7')
  assert.equal(await asked(['127.0.0.1'], '198.51.100.1, 203.0.113.7'), '203.0.113.7', 'what the client itself wrote')
})

test('a request that is complete only while the server closes is a 503 problem, and its connection ends', async (t) => {
  const { server, port } = await openServer(t)
  const accepted = once(server.server, 'connection')
  const socket = open(t, port)
  let said = ''
  socket.setEncoding('utf8').on('data', (chunk) => (said += chunk))
  socket.write('GET /jars/1 HTTP/1.1\r\n')
  const [arrived] = (await accepted) as [Socket]
  while (arrived.bytesRead === 0) await setImmediate()
  const closed = server.close()
  await setImmediate()
  socket.write('Host: x\r\n\r\n')
  await Promise.all([closed, once(socket, 'close')])
  assert.match(said, /^HTTP\/1\.1 503 /)
  assert.match(said, /"code":"UNAVAILABLE"/)
})

test('an answer that is taken slowly is not cut off by the close', async (t) => {
  const { server, port } = await openServer(t)
  const answered = once(server.server, 'request')
  const socket = open(t, port)
  socket.pause()
  socket.write('GET /cellar HTTP/1.1\r\nHost: x\r\n\r\n')
  const [, answer] = (await answered) as [unknown, ServerResponse]
  while (!answer.writableEnded) await setImmediate()
  const closed = server.close()
  while (server.server.listening) await setImmediate()
  let bytes = 0
  socket.on('data', (some) => (bytes += some.length))
  socket.resume()
  await Promise.all([closed, once(socket, 'close')])
  assert.ok(bytes > LARGE, `${bytes} bytes`)
})
