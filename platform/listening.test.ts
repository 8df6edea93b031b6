import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createHttpServer } from '#libs/http/server.ts'
import { createLog } from '#libs/telemetry/log.ts'
import { closeWithin, listenAt, probePlace } from './listening.ts'

const PLACE = { port: 0, host: '127.0.0.1', maxConnections: 2 }

async function openServer(t: TestContext) {
  const server = createHttpServer({
    log: createLog({ service: 'test', level: 'silent' }),
    bodyLimitBytes: 1024,
    constraints: {},
  })
  server.post('/slow', async () => ({}))
  server.get('/slow', async () => {
    await sleep(200)
    return { is_done: true }
  })
  const url = await listenAt(server, PLACE)
  t.after(() => closeWithin(server, 1))
  return { server, url, port: (server.server.address() as { port: number }).port }
}

describe('a listener', { timeout: 30_000 }, () => {
  test('closes although a client has sent half a request and says nothing more', async (t) => {
    const { server, port } = await openServer(t)
    const arrived = once(server.server, 'request')
    const silent = connect(port, '127.0.0.1').on('error', () => {})
    silent.write('POST /slow HTTP/1.1\r\nHost: x\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{"a')
    await arrived
    const gone = once(silent, 'close')
    await closeWithin(server, 1)
    await gone
    assert.equal(server.server.listening, false)
  })

  test('answers what is under way while it closes', async (t) => {
    const { server, url } = await openServer(t)
    const asked = once(server.server, 'request')
    const answer = fetch(`${url}/slow`)
    await asked
    await closeWithin(server, 300)
    assert.deepEqual(await (await answer).json(), { is_done: true })
  })

  test('closes connections beyond its bound', async (t) => {
    const { server, port } = await openServer(t)
    const open = () => connect(port, '127.0.0.1').on('error', () => {})
    const [first, second] = [open(), open()]
    await Promise.all([once(first, 'connect'), once(second, 'connect')])
    const dropped = once(server.server, 'drop')
    const third = open().resume()
    await Promise.all([dropped, once(third, 'close')])
    assert.deepEqual([first.destroyed, second.destroyed], [false, false])
    for (const socket of [first, second]) socket.destroy()
  })

  test('is probed: a taken place is told as listening there would tell it, a free one stays free', async (t) => {
    const { server, port } = await openServer(t)
    await assert.rejects(probePlace({ port, host: PLACE.host }), { code: 'EADDRINUSE' })
    await closeWithin(server, 1)
    await probePlace({ port, host: PLACE.host })
    await probePlace({ port, host: PLACE.host })
  })
})
