import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { describe, type TestContext, test } from 'node:test'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { readSettings } from '#libs/config/settings.ts'
import { anonymous } from '#libs/contract/client.ts'
import type { Operation } from '#libs/contract/operation.ts'
import { createDiscovery } from '#libs/http/discovery.ts'
import { createHttpServer } from '#libs/http/server.ts'
import { Fault } from '#libs/problem/problem.ts'
import { createLog } from '#libs/telemetry/log.ts'
import { createMetrics } from '#libs/telemetry/metrics.ts'
import { createJar } from '#libs/testing/jar-contracts.ts'
import { settings } from './config.ts'
import { registerEdge } from './edge.ts'
import { registerProxy } from './proxy.ts'
import type { ResolvedToken } from './resolved-tokens.ts'
import { WebSessions } from './web-session.ts'

const COOKIE = 'a'.repeat(43)
const TOKEN = 'ann.access.token'
const PUBLIC = 'https://bank.example.com'
const row = (change: Partial<Operation>): Operation => ({ ...createJar, money: false, ...change }) as Operation

/** A gateway on a real socket whose operations tell the token that they were reached with. */
async function openGateway(t: TestContext, env: Record<string, string> = {}) {
  const server = createHttpServer({
    log: createLog({ service: 'test', level: 'silent' }),
    ...{ bodyLimitBytes: 1024, constraints: {} },
  })
  const asked: string[] = []
  const upstream = await openUpstream(t)
  const told = { date: undefined as string | undefined }
  registerEdge(server, {
    settings: readSettings(settings, { BANKFLOW_RATE_LIMIT_PER_MINUTE: '1000', ...env }),
    callers: {
      confirm: async () => {},
      callerOf: async ({ headers }: FastifyRequest) =>
        headers.authorization === undefined ? anonymous : { ...anonymous, sub: headers.authorization },
    },
    log: createLog({ service: 'test', level: 'silent' }),
    metrics: createMetrics(),
    isSandbox: true,
    resolveSession: async ({ cookie, is_stream }) => {
      asked.push(is_stream ? `${cookie} for a stream` : cookie)
      return { access_token: cookie === COOKIE ? TOKEN : null, keep_s: 20 }
    },
    resolveKey: async () => ({ access_token: null, keep_s: 0 }),
    historyAt: () => told.date,
  })
  const route = (change: Partial<Operation>): void => {
    const operation = row(change)
    server.route({
      method: operation.method,
      url: operation.path,
      config: { operation },
      handler: async (request) => ({ bearer: request.headers.authorization ?? null }),
    })
  }
  for (const method of ['GET', 'POST', 'DELETE'] as const)
    route({ method, path: '/things', access: { signedIn: true } })
  route({ method: 'GET', path: '/stream', access: { signedIn: true }, stream: true })
  route({ method: 'POST', path: '/auth/web/sign-in', access: { anyone: true } })
  route({ method: 'POST', path: '/auth/register', access: { anyone: true } })
  route({ method: 'POST', path: '/money', access: { signedIn: true }, money: true })
  route({ method: 'GET', path: '/money', access: { signedIn: true }, money: true })
  const elsewhere = row({ method: 'GET', path: '/elsewhere', access: { signedIn: true } })
  const proxy = {
    others: createDiscovery({ addressesOf: () => upstream.url }),
    tokenFor: async () => 'of the gateway',
    originOf: () => 'http://bank.test',
  }
  registerProxy(server, { operation: elsewhere, path: elsewhere.path }, proxy)
  const url = await listening(t, server)
  const send = async (method: string, path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(url + path, { method, headers })
    const body = (await response.json()) as { bearer?: string; code?: string; detail?: string; outcome?: string }
    return { status: response.status, body, headers: response.headers }
  }
  return { url, send, asked, upstream, told }
}

async function listening(t: TestContext, server: FastifyInstance): Promise<string> {
  t.after(() => server.close())
  await server.listen({ port: 0, host: '127.0.0.1' })
  return `http://127.0.0.1:${(server.server.address() as { port: number }).port}`
}

/** A service elsewhere that keeps the headers it was reached with. */
async function openUpstream(t: TestContext) {
  const seen: IncomingHttpHeaders[] = []
  const server = createServer((request, response) => {
    seen.push(request.headers)
    response.setHeader('content-type', 'application/json').end('{}')
  })
  t.after(() => server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { seen, url: `http://127.0.0.1:${(server.address() as { port: number }).port}` }
}

const uncounted = { guess: () => () => {} }
const cookie = `theme=dark; __Host-bf_sid=${COOKIE}`

describe('a request with a session cookie', () => {
  test('has the token of its session, and is counted as its user', async (t) => {
    const { send } = await openGateway(t, { BANKFLOW_RATE_LIMIT_PER_MINUTE: '3' })
    const { status, body } = await send('GET', '/things', { cookie })
    assert.deepEqual([status, body.bearer], [200, `Bearer ${TOKEN}`])
    const bearer = { authorization: `Bearer ${TOKEN}` }
    assert.equal((await send('GET', '/things', bearer)).status, 200)
    assert.equal((await send('GET', '/things', { cookie })).headers.get('ratelimit-remaining'), '0')
    assert.equal((await send('GET', '/things', bearer)).status, 429)
    assert.equal((await send('GET', '/things')).status, 200, 'the address itself has used up nothing')
  })

  test('asks identity once for all that come at once, and no more for some seconds', async (t) => {
    const { send, asked } = await openGateway(t)
    await Promise.all(Array.from({ length: 10 }, () => send('GET', '/things', { cookie })))
    await send('GET', '/things', { cookie })
    assert.deepEqual(asked, [COOKIE])
  })

  test('is nobody’s when the cookie is unknown or no secret at all; the latter is not even asked about', async (t) => {
    const { send, asked } = await openGateway(t)
    for (const secret of ['b'.repeat(43), '', 'x', `${COOKIE}x`, "' or 1=1"])
      assert.equal((await send('GET', '/things', { cookie: `__Host-bf_sid=${secret}` })).body.bearer, null)
    assert.deepEqual(asked, ['b'.repeat(43)])
    assert.equal((await send('GET', '/things', { cookie: `bf_sid=${COOKIE}` })).body.bearer, null)
  })

  test('that is made up is counted before identity is asked; sessions behind the same address are not', async (t) => {
    const { send, asked } = await openGateway(t, { BANKFLOW_RATE_LIMIT_PER_MINUTE: '5' })
    const madeUp = Array.from({ length: 20 }, (_, i) => String(i).padStart(43, 'b'))
    const ends = await Promise.all(
      madeUp.map(async (secret) => (await send('GET', '/things', { cookie: `__Host-bf_sid=${secret}` })).status),
    )
    assert.deepEqual([asked.length, ends.filter((status) => status === 429).length], [5, 15])
    const other = await openGateway(t, { BANKFLOW_RATE_LIMIT_PER_MINUTE: '5' })
    for (let i = 0; i < 4; i++) await other.send('GET', '/things', { cookie: `__Host-bf_sid=${madeUp[i]}` })
    assert.equal((await other.send('GET', '/things', { cookie })).status, 200)
    assert.equal((await other.send('GET', '/stream', { cookie })).status, 200)
  })

  test('is refused with a token beside it, or with two cookies: nobody must guess who asks', async (t) => {
    const { send } = await openGateway(t)
    for (const headers of [
      { cookie, authorization: 'Bearer other' },
      { cookie, authorization: 'Basic other' },
      { cookie: `${cookie}; __Host-bf_sid=${'b'.repeat(43)}` },
    ])
      assert.equal((await send('GET', '/things', headers)).body.code, 'TWO_CREDENTIALS')
  })

  test('goes to a service elsewhere as a token; the cookie stays here', async (t) => {
    const { send, upstream } = await openGateway(t)
    assert.equal((await send('GET', '/api/v1/elsewhere', { cookie })).status, 200)
    const [headers] = upstream.seen
    assert.deepEqual([headers?.authorization, headers?.cookie], [`Bearer ${TOKEN}`, undefined])
  })

  test('that opens a stream is asked about as one, beside the others', async (t) => {
    const { send, asked } = await openGateway(t)
    assert.equal((await send('GET', '/things', { cookie })).status, 200)
    for (let i = 0; i < 2; i++)
      assert.equal(
        (await send('GET', '/stream', { cookie, accept: 'text/event-stream' })).body.bearer,
        `Bearer ${TOKEN}`,
      )
    assert.deepEqual(asked, [COOKIE, `${COOKIE} for a stream`])
  })

  test('is not asked about where nobody needs to be known', async (t) => {
    const { send, url, asked } = await openGateway(t)
    const headers = { cookie, origin: url, 'x-bankflow': '1' }
    assert.equal((await send('POST', '/auth/register', headers)).body.bearer, null)
    assert.deepEqual(asked, [])
  })
})

describe('a page of another site', () => {
  test('makes a browser do nothing: only the own origin with the header may, whatever the method but a reading one', async (t) => {
    const { send, url } = await openGateway(t, { BANKFLOW_PUBLIC_ORIGIN: PUBLIC })
    const { port } = new URL(url)
    const origins = {
      [url]: true,
      [PUBLIC]: true,
      [`http://localhost:${port}`]: false,
      'http://127.0.0.1:1': false,
      [`https://127.0.0.1:${port}`]: false,
      [`${PUBLIC}.evil.example`]: false,
      'https://evil.example': false,
      null: false,
      '': false,
    }
    for (const [origin, isOwn] of Object.entries(origins)) {
      for (const header of ['1', '0', undefined]) {
        const headers = {
          cookie,
          ...(origin === '' ? {} : { origin }),
          ...(header === undefined ? {} : { 'x-bankflow': header }),
        }
        for (const [method, path] of [
          ['POST', '/things'],
          ['DELETE', '/things'],
          ['POST', '/auth/register'],
        ] as const) {
          const { status, body } = await send(method, path, headers)
          const wanted = isOwn && header === '1' ? [200, undefined] : [403, 'CROSS_SITE_REFUSED']
          assert.deepEqual([status, body.code], wanted, `${method} ${path} ${origin} ${header}`)
        }
        assert.equal((await send('GET', '/things', headers)).status, 200)
      }
    }
  })

  test('cannot sign a browser in as somebody else: that needs both as well, without any cookie', async (t) => {
    const { send, url } = await openGateway(t)
    const signIn = async (headers: Record<string, string>) => (await send('POST', '/auth/web/sign-in', headers)).status
    assert.equal(await signIn({ origin: url, 'x-bankflow': '1' }), 200)
    for (const headers of [{}, { origin: url }, { 'x-bankflow': '1' }, { origin: 'null', 'x-bankflow': '1' }])
      assert.equal(await signIn(headers as Record<string, string>), 403)
  })

  test('programs with a token need neither', async (t) => {
    const { send } = await openGateway(t)
    assert.equal((await send('POST', '/things', { authorization: 'Bearer mine' })).status, 200)
  })

  test('is never let read with credentials, not even where its origin may call', async (t) => {
    const origin = 'https://partner.example'
    const { url } = await openGateway(t, { BANKFLOW_CORS_ORIGINS: origin })
    for (const method of ['OPTIONS', 'GET']) {
      const { headers } = await fetch(`${url}/things`, { method, headers: { origin, cookie } })
      assert.equal(headers.get('access-control-allow-origin'), origin)
      assert.equal(headers.get('access-control-allow-credentials'), null)
      assert.doesNotMatch(headers.get('access-control-allow-headers') ?? '', /x-bankflow/)
    }
  })
})

describe('while the history of a demo bank loads', () => {
  test('people’s money stays where it is, and they are told how far it is; reading goes on', async (t) => {
    const { send, told } = await openGateway(t)
    told.date = '2026-03-04'
    const headers = { authorization: 'Bearer mine' }
    const refused = await send('POST', '/money', headers)
    assert.deepEqual(
      [refused.status, refused.body.code, refused.body.outcome, refused.headers.get('retry-after')],
      [503, 'HISTORY_LOADING', 'nothing_moved', '5'],
    )
    assert.match(refused.body.detail ?? '', /2026-03-04.*No money was moved/)
    assert.equal((await send('GET', '/money', headers)).status, 200)
    assert.equal((await send('POST', '/things', headers)).status, 200)
    told.date = undefined
    assert.equal((await send('POST', '/money', headers)).status, 200)
  })
})

describe('WebSessions', () => {
  const request = {} as FastifyRequest

  test('keep a token as long as identity says, and twenty seconds at most', async () => {
    let now = 0
    let keep_s = 5
    let asked = 0
    const answer = async (): Promise<ResolvedToken> => {
      asked += 1
      return { access_token: `token ${asked}`, keep_s }
    }
    const sessions = new WebSessions(answer, () => now)
    const token = () => sessions.tokenOf(COOKIE, request, uncounted)
    assert.deepEqual([await token(), await token()], ['token 1', 'token 1'])
    now += 5_000
    keep_s = 3_600
    assert.equal(await token(), 'token 2')
    now += 19_999
    assert.equal(await token(), 'token 2')
    now += 1
    assert.equal(await token(), 'token 3')
  })

  test('keep no failure: the next request asks again', async () => {
    let isAway = true
    const sessions = new WebSessions(async () => {
      if (isAway) throw new Fault('identity is away')
      return { access_token: TOKEN, keep_s: 20 }
    })
    await assert.rejects(sessions.tokenOf(COOKIE, request, uncounted), { name: 'Fault' })
    isAway = false
    assert.equal(await sessions.tokenOf(COOKIE, request, uncounted), TOKEN)
  })

  test('forget the oldest when there are too many', async () => {
    const asked: string[] = []
    const sessions = new WebSessions(async ({ cookie }) => {
      asked.push(cookie)
      return { access_token: cookie, keep_s: 20 }
    })
    const secret = (i: number) => String(i).padStart(43, '0')
    for (let i = 0; i <= 10_000; i++) await sessions.tokenOf(secret(i), request, uncounted)
    await sessions.tokenOf(secret(10_000), request, uncounted)
    assert.equal(asked.length, 10_001)
    await sessions.tokenOf(secret(0), request, uncounted)
    assert.equal(asked.length, 10_002)
  })
})
