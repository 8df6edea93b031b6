import assert from 'node:assert/strict'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { Fault, Unreachable } from '#libs/problem/problem.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { deadlineIn, withDeadline } from './deadline.ts'
import { createDiscovery, type Discovery, type Sending } from './discovery.ts'

const ONCE: Sending = { deadlineMs: 10_000, repeat: 'unsent', isWhole: true }
const SAFELY: Sending = { ...ONCE, repeat: 'safe' }

/** One instance of a service, as the test lets it behave. */
interface Instance {
  base: string
  /** What it was asked, probes left out. */
  asked: { deadline: string | undefined }[]
  answers: RequestListener
  isReady: boolean
  stop(): Promise<void>
  startAgain(): Promise<void>
}

async function anInstance(t: TestContext, answers: RequestListener = says(200, 'ok')): Promise<Instance> {
  const instance = { asked: [], answers, isReady: true } as unknown as Instance
  let server: Server
  const listen = (port: number): Promise<void> => {
    server = createServer((request, response) => {
      if (request.url === '/ready') return void response.writeHead(instance.isReady ? 200 : 503).end()
      instance.asked.push({ deadline: request.headers['x-request-deadline'] as string | undefined })
      instance.answers(request, response)
    })
    return new Promise((resolve) => server.listen(port, '127.0.0.1', resolve))
  }
  await listen(0)
  const { port } = server!.address() as AddressInfo
  instance.base = `http://127.0.0.1:${port}`
  instance.stop = async () => {
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await closed
  }
  instance.startAgain = () => listen(port)
  t.after(() => instance.stop().catch(() => {}))
  return instance
}

function says(status: number, text = ''): RequestListener {
  return (_request, response) => void response.writeHead(status).end(text)
}

const hangs: RequestListener = () => {}
const breaksOff: RequestListener = (_request, response) => {
  response.writeHead(200, { 'content-length': '1000' }).write('half')
  setImmediate(() => response.destroy())
}
const slams: RequestListener = (_request, response) => void response.destroy()

function discover(t: TestContext, addresses: string, more: Partial<Parameters<typeof createDiscovery>[0]> = {}) {
  const discovery = createDiscovery({ addressesOf: () => addresses, probeEveryMs: 3_600_000, ...more })
  t.after(() => discovery.stop())
  return discovery
}

const over = (t: TestContext, instances: readonly Instance[], more = {}) =>
  discover(t, instances.map(({ base }) => base).join(','), more)

const send = (discovery: Discovery, sending = ONCE, init: RequestInit = {}) =>
  discovery.send('jar-service', '/jars', init, sending)

const bodyOf = async (discovery: Discovery, sending = ONCE) => (await send(discovery, sending)).answer.text()

describe('requests to several instances', () => {
  test('go to the one with the least under way', async (t) => {
    const [busy, free] = [await anInstance(t, hangs), await anInstance(t)]
    const discovery = over(t, [busy, free])
    const end = new AbortController()
    const waiting = send(discovery, { ...ONCE, end: end.signal }).catch(() => 'ended')
    await eventually(() => busy.asked.length === 1)
    for (let i = 0; i < 5; i++) assert.equal(await bodyOf(discovery), 'ok')
    assert.deepEqual([busy.asked.length, free.asked.length], [1, 5])
    end.abort()
    assert.equal(await waiting, 'ended')
    assert.ok(discovery.standings().every(({ standing }) => standing === 'good'))
  })

  test('go to the next one when one refuses the connection, whatever they are', async (t) => {
    const [gone, here] = [await anInstance(t), await anInstance(t)]
    await gone.stop()
    const discovery = over(t, [gone, here])
    for (let i = 0; i < 5; i++)
      assert.equal((await send(discovery, ONCE, { method: 'POST', body: '{}' })).answer.status, 200)
    assert.equal(here.asked.length, 5)
  })

  test('that were taken and broke off are repeated only where that is safe', async (t) => {
    for (const listener of [slams, breaksOff]) {
      const [broken, well] = [await anInstance(t, listener), await anInstance(t)]
      await assert.rejects(send(over(t, [broken, well])), Unreachable)
      assert.deepEqual([broken.asked.length, well.asked.length], [1, 0])
      assert.equal(await bodyOf(over(t, [broken, well]), SAFELY), 'ok')
      assert.deepEqual([broken.asked.length, well.asked.length], [2, 1])
    }
  })

  test('that one cannot answer now are answered by another where that is safe, else handed back', async (t) => {
    const [away, well] = [await anInstance(t, says(503)), await anInstance(t)]
    assert.equal((await send(over(t, [away, well]))).answer.status, 503)
    assert.equal((await send(over(t, [away, well]), SAFELY)).answer.status, 200)
    const nobody = over(t, [away, await anInstance(t, says(503))])
    assert.equal((await send(nobody, SAFELY)).answer.status, 503)
  })

  test('leave one that does not answer alone after a few, and come back when it does', async (t) => {
    const [broken, well] = [await anInstance(t, slams), await anInstance(t)]
    const discovery = over(t, [broken, well], { probeEveryMs: 20 })
    broken.isReady = false
    await eventually(async () => {
      const before = broken.asked.length
      for (let i = 0; i < 10; i++) await bodyOf(discovery, SAFELY)
      return broken.asked.length === before
    })
    broken.answers = says(200, 'back')
    broken.isReady = true
    await eventually(async () => (await bodyOf(discovery, SAFELY)) === 'back')
  })

  test('leave one that drains before it refuses anything', async (t) => {
    const [draining, well] = [await anInstance(t, says(200, 'draining')), await anInstance(t)]
    const discovery = over(t, [draining, well], { probeEveryMs: 20 })
    assert.equal(await bodyOf(discovery), 'draining')
    draining.isReady = false
    await eventually(() => discovery.standings().some(({ standing }) => standing === 'shunned'))
    for (let i = 0; i < 5; i++) assert.equal(await bodyOf(discovery), 'ok')
  })
})

describe('an address that fails', () => {
  test('is refused at once after failures in a row, and tried again by one request', async (t) => {
    const only = await anInstance(t, slams)
    const discovery = over(t, [only])
    for (let i = 0; i < 3; i++) await assert.rejects(send(discovery), /cannot be reached/)
    await assert.rejects(send(discovery), (error: unknown) => {
      assert.ok(error instanceof Unreachable)
      assert.match(error.message, /left alone/)
      return true
    })
    assert.equal(only.asked.length, 3)
    only.answers = says(200, 'ok')
    await eventually(() => bodyOf(discovery).then((text) => text === 'ok'))
    assert.equal(only.asked.length, 4)
  })

  test('is found again where it is the only one and was stopped for a while', async (t) => {
    const only = await anInstance(t)
    const discovery = over(t, [only])
    await only.stop()
    for (let i = 0; i < 5; i++) await assert.rejects(send(discovery), Unreachable)
    await only.startAgain()
    await eventually(() => bodyOf(discovery).then((text) => text === 'ok'))
  })

  test('is used at once when it was seen alive, whatever was known of it', async (t) => {
    const one = await anInstance(t)
    const discovery = over(t, [one])
    assert.equal(await discovery.lives('jar-service'), true)
    await one.stop()
    assert.equal(await discovery.lives('jar-service'), false)
    for (let i = 0; i < 10; i++) await assert.rejects(send(discovery), Unreachable)
    await one.startAgain()
    assert.equal(await discovery.lives('jar-service'), true)
    assert.equal(await bodyOf(discovery), 'ok')
  })

  test('is not left alone because it says 503, nor because nobody waited for it', async (t) => {
    const only = await anInstance(t, says(503))
    const discovery = over(t, [only])
    for (let i = 0; i < 6; i++) assert.equal((await send(discovery)).answer.status, 503)
    only.answers = hangs
    for (let i = 0; i < 4; i++) await assert.rejects(send(discovery, { ...ONCE, deadlineMs: 300 }), Fault)
    only.answers = says(200, 'ok')
    assert.equal(await bodyOf(discovery), 'ok')
  })
})

describe('a deadline', () => {
  test('goes with the request as what is left of it, and a peer that hangs is given up', async (t) => {
    const only = await anInstance(t, hangs)
    const discovery = over(t, [only])
    await withDeadline(2_000, async () => {
      await assert.rejects(send(discovery), Unreachable)
      await assert.rejects(send(discovery), (error: unknown) => {
        assert.ok(error instanceof Fault)
        assert.match(error.message, /nobody waits/)
        return true
      })
    })
    assert.equal(only.asked.length, 1)
    assert.ok((deadlineIn(only.asked[0]?.deadline) as number) <= 2_000)
  })

  test('that cannot be read is none, and nobody may wish for hours', () => {
    for (const text of [undefined, '', '-1', '1.5', 'soon', '1e3', ['1', '2']])
      assert.equal(deadlineIn(text), undefined)
    assert.equal(deadlineIn('999999999'), 120_000)
  })

  test('does not end a stream, which has none', async (t) => {
    const only = await anInstance(t, (_request, response) => {
      response.writeHead(200).write('first ')
      setTimeout(() => response.end('last'), 400)
    })
    const { answer } = await send(over(t, [only]), { deadlineMs: 200, repeat: 'unsent' })
    assert.equal(await answer.text(), 'first last')
    assert.equal(only.asked[0]?.deadline, undefined)
  })
})

describe('a name with several addresses', () => {
  test('is resolved again and again: what is new is used, what is gone is left', async (t) => {
    const one = await anInstance(t, (request, response) => void response.end(request.headers.host))
    const port = new URL(one.base).port
    let found = ['127.0.0.1']
    const discovery = discover(t, `dns://jars.bank:${port}`, { resolve: async () => found, resolveEveryMs: 10 })
    assert.equal(await bodyOf(discovery), `127.0.0.1:${port}`)
    found = ['localhost']
    await eventually(async () => (await bodyOf(discovery)) === `localhost:${port}`)
  })

  test('keeps its addresses while it cannot be resolved, and says so where it never could', async (t) => {
    const one = await anInstance(t)
    const port = new URL(one.base).port
    let asked = 0
    const resolve = async (): Promise<string[]> => {
      asked += 1
      if (asked > 1) throw new Error('the name server is away')
      return ['127.0.0.1']
    }
    const discovery = discover(t, `dns://jars.bank:${port}`, { resolve, resolveEveryMs: 5 })
    assert.equal(await bodyOf(discovery), 'ok')
    await eventually(() => asked > 3)
    assert.equal(await bodyOf(discovery), 'ok')
    const nowhere = discover(t, 'dns://nowhere.bank:1', { resolve: () => Promise.reject(new Error('no such name')) })
    await assert.rejects(send(nowhere), /nowhere.bank cannot be resolved/)
    assert.equal(nowhere.knows('jar-service'), true)
  })

  test("is the system's own answer", async (t) => {
    const one = await anInstance(t)
    assert.equal(await bodyOf(discover(t, `dns://localhost:${new URL(one.base).port}`), SAFELY), 'ok')
  })
})
