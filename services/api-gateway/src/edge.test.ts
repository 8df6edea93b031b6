import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { readSettings } from '#libs/config/settings.ts'
import { anonymous } from '#libs/contract/client.ts'
import type { Operation } from '#libs/contract/operation.ts'
import { createHttpServer } from '#libs/http/server.ts'
import { Problem, platformProblems } from '#libs/problem/problem.ts'
import { createLog } from '#libs/telemetry/log.ts'
import { createMetrics } from '#libs/telemetry/metrics.ts'
import { createJar } from '#libs/testing/jar-contracts.ts'
import { settings } from './config.ts'
import { registerEdge } from './edge.ts'
import { registerHealth } from './health.ts'

const LIMITS = { BANKFLOW_RATE_LIMIT_PER_MINUTE: '5', BANKFLOW_RATE_LIMIT_SIGN_IN_PER_MINUTE: '2' }

/** A gateway over three routes that do nothing; a bearer token is the name of its user. */
function openEdge(t: TestContext, env: Record<string, string> = LIMITS, isSandbox = false) {
  const log = createLog({ service: 'test', level: 'silent' })
  const values = readSettings(settings, env)
  const trustedProxies = values.trusted_proxies
  const server = createHttpServer({ log, bodyLimitBytes: 1024, constraints: {}, trustedProxies })
  const metrics = createMetrics()
  let looks = 0
  const callers = {
    confirm: async () => {},
    callerOf: async ({ headers }: FastifyRequest) => {
      looks += 1
      return headers.authorization === undefined ? anonymous : { ...anonymous, sub: headers.authorization }
    },
  }
  registerEdge(server, {
    ...{ settings: values, callers, log, metrics, isSandbox },
    resolveSession: async () => ({ access_token: null, keep_s: 0 }),
    resolveKey: async () => ({ access_token: null, keep_s: 0 }),
    historyAt: () => undefined,
  })
  const route = (path: string, row: Partial<Operation>): void => {
    const operation = { ...createJar, path, method: 'GET', money: false, ...row } as Operation
    server.get(path, { config: { operation } }, async () => ({}))
  }
  route('/auth/login', { access: { anyone: true } })
  route('/sandbox/clock', { access: { anyone: true }, sandbox: true })
  route('/accounts', { access: { signedIn: true } })
  route('/consented', { access: { signedIn: true, scope: 'account_information' } })
  route('/accounts/lookup', { access: { signedIn: true }, lookup: true })
  let probes = 0
  let nowMs = 0
  const parts = async () => {
    probes += 1
    return [{ name: 'ledger', isReady: true }]
  }
  registerHealth(server, { metrics, version: '1', parts, nowMs: () => nowMs })
  t.after(() => server.close())
  return { server, probes: () => probes, looks: () => looks, pass: (ms: number) => (nowMs += ms) }
}

describe('a refusal of what a token may', () => {
  test('names the scheme by which the token came, for one that is bound to a key too', async (t) => {
    const { server } = openEdge(t)
    const headers = { 'www-authenticate': 'Bearer error="insufficient_scope", scope="accounts"' }
    server.get('/refused', async () => {
      throw new Problem(platformProblems.FORBIDDEN, { headers })
    })
    const challengeTo = async (authorization: string) =>
      (await server.inject({ url: '/refused', headers: { authorization } })).headers['www-authenticate']
    assert.equal(await challengeTo('Bearer one'), 'Bearer error="insufficient_scope", scope="accounts"')
    assert.equal(await challengeTo('DPoP one'), 'DPoP error="insufficient_scope", scope="accounts"')
  })
})

async function statuses(server: FastifyInstance, times: number, of: (i: number) => object): Promise<number[]> {
  const found: number[] = []
  for (let i = 0; i < times; i++) found.push((await server.inject({ url: '/accounts', ...of(i) })).statusCode)
  return found
}

describe('limits at the edge', () => {
  test('count sign-ins by address whatever tokens are sent', async (t) => {
    const { server } = openEdge(t)
    const of = (i: number) => ({ url: '/auth/login', headers: { authorization: `user ${i}` } })
    assert.deepEqual(await statuses(server, 3, of), [200, 200, 429])
  })

  test('stand before proofs of possession: what is too much is refused before anything is written down of it', async (t) => {
    const { server, looks } = openEdge(t)
    const headers = { authorization: 'DPoP token-1' }
    assert.deepEqual(await statuses(server, 9, () => ({ headers })), [200, 200, 200, 200, 200, 429, 429, 429, 429])
    assert.equal(looks(), 5)
  })

  test('count look-ups of whose something is by themselves: numbers that run on are soon all tried', async (t) => {
    const env = { BANKFLOW_RATE_LIMIT_PER_MINUTE: '10', BANKFLOW_RATE_LIMIT_LOOKUP_PER_MINUTE: '2' }
    const { server } = openEdge(t, env)
    const headers = { authorization: 'user 1' }
    assert.deepEqual(await statuses(server, 3, () => ({ url: '/accounts/lookup', headers })), [200, 200, 429])
    assert.deepEqual(await statuses(server, 1, () => ({ headers })), [200])
  })

  test('count an IPv6 caller by its /64', async (t) => {
    const { server } = openEdge(t)
    const of = (i: number) => ({ remoteAddress: `2001:db8:0:1::${i}` })
    assert.deepEqual(await statuses(server, 6, of), [200, 200, 200, 200, 200, 429])
    assert.deepEqual(await statuses(server, 1, () => ({ remoteAddress: '2001:db8:0:2::1' })), [200])
  })

  test('count the client behind a trusted load balancer, and not what others claim', async (t) => {
    const behind = openEdge(t, { ...LIMITS, BANKFLOW_TRUSTED_PROXIES: '127.0.0.0/8, ::1' })
    const of = (i: number) => ({ headers: { 'x-forwarded-for': `203.0.113.${i}` } })
    assert.deepEqual(await statuses(behind.server, 6, of), [200, 200, 200, 200, 200, 200])
    const alone = openEdge(t)
    assert.deepEqual(await statuses(alone.server, 6, of), [200, 200, 200, 200, 200, 429])
  })

  for (const [what, request, status] of [
    ['unknown paths', { url: '/nowhere' }, 404],
    ['preflights', { method: 'OPTIONS', url: '/accounts' }, 204],
    ['wrong methods', { method: 'PUT', url: '/accounts' }, 405],
  ] as const) {
    test(`count ${what} too`, async (t) => {
      const { server } = openEdge(t)
      assert.deepEqual(await statuses(server, 6, () => request), [...new Array(5).fill(status), 429])
    })
  }

  test('leave out probes, which ask the parts once in half a second', async (t) => {
    const { server, probes, pass } = openEdge(t)
    const of = () => ({ url: '/ready' })
    assert.deepEqual(await statuses(server, 10, of), new Array(10).fill(200))
    assert.equal(probes(), 1)
    pass(500)
    await Promise.all([statuses(server, 3, of), statuses(server, 3, of)])
    assert.equal(probes(), 2)
  })
})

test('FAPI 1.0 6.2.1-11: an answer to third parties has the id that they gave the request, or one of the bank; nothing else comes back', async (t) => {
  const { server } = openEdge(t, { BANKFLOW_RATE_LIMIT_PER_MINUTE: '100' })
  const idOf = async (url: string, given?: string): Promise<unknown> =>
    (await server.inject({ url, headers: given === undefined ? {} : { 'x-fapi-interaction-id': given } })).headers[
      'x-fapi-interaction-id'
    ]
  const given = '8c7b6a59-4d3e-42f1-90ab-cdef01234567'
  assert.equal(await idOf('/consented', given), given)
  for (const text of [undefined, 'no-uuid', `${given}, ${given}`, '<b>'])
    assert.match(String(await idOf('/consented', text)), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  assert.equal(await idOf('/accounts', given), undefined)
})

test('a bank that browsers know by TLS tells them never to ask without it', async (t) => {
  const headers = async (env: Record<string, string>) => (await openEdge(t, env).server.inject('/accounts')).headers
  const told = await headers({ BANKFLOW_PUBLIC_ORIGIN: 'https://bank.example.com' })
  assert.equal(told['strict-transport-security'], 'max-age=63072000')
  assert.equal((await headers({}))['strict-transport-security'], undefined)
})

test('a trusted proxy that is no address or network is refused', () => {
  for (const wrong of ['10.0.0.0/33', 'load-balancer', '10.0.0.0/', '::1/129', '10.0.0.0/8/8'])
    assert.throws(() => readSettings(settings, { BANKFLOW_TRUSTED_PROXIES: wrong }), /BANKFLOW_TRUSTED_PROXIES/, wrong)
})

describe('a page of another origin', () => {
  const headers = { host: 'localhost:8080', origin: 'http://evil.example' }
  for (const url of ['/sandbox/clock', '/%73andbox/clock', '/sandbox/%63lock', '/sandbox/clock?x=1']) {
    test(`reaches the sandbox by no spelling: ${url}`, async (t) => {
      const env = { BANKFLOW_CORS_ORIGINS: headers.origin }
      const { server } = openEdge(t, env, true)
      const { statusCode, headers: answered } = await server.inject({ url, headers })
      assert.deepEqual([statusCode, answered['access-control-allow-origin']], [403, undefined])
      assert.equal((await server.inject({ url, headers: { host: headers.host } })).statusCode, 200)
    })
  }
})
