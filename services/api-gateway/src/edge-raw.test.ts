import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import type { FastifyRequest } from 'fastify'
import { readSettings } from '#libs/config/settings.ts'
import { anonymous } from '#libs/contract/client.ts'
import type { Operation } from '#libs/contract/operation.ts'
import { createHttpServer } from '#libs/http/server.ts'
import { createLog } from '#libs/telemetry/log.ts'
import { createMetrics } from '#libs/telemetry/metrics.ts'
import { createJar } from '#libs/testing/jar-contracts.ts'
import { settings } from './config.ts'
import { registerEdge } from './edge.ts'
import type { ResolvedToken } from './resolved-tokens.ts'

const KEY = `bfk_${'0'.repeat(32)}_${'a'.repeat(43)}_00000000`
const HERE = '203.0.113.7'

interface Told {
  status: number
  body: { bearer?: string; code?: string }
  headers: Record<string, unknown>
}

/** An edge over operations that tell the credential they were reached with; one key opens something, from one address. */
function openEdge(t: TestContext, env: Record<string, string> = {}) {
  const values = readSettings(settings, { BANKFLOW_RATE_LIMIT_PER_MINUTE: '1000', ...env })
  const log = createLog({ service: 'test', level: 'silent' })
  const server = createHttpServer({ log, bodyLimitBytes: 1024, constraints: {} })
  const asked: string[] = []
  const state = { answer: (): ResolvedToken => ({ access_token: 'token.of.key', keep_s: 20 }) }
  registerEdge(server, {
    ...{ settings: values, log, metrics: createMetrics(), isSandbox: false, historyAt: () => undefined },
    callers: {
      confirm: async () => {},
      callerOf: async ({ headers }: FastifyRequest) =>
        headers.authorization?.endsWith('token.of.key') === true ? { ...anonymous, sub: 'ann' } : anonymous,
    },
    resolveSession: async () => ({ access_token: null, keep_s: 0 }),
    resolveKey: async ({ key, ip }) => {
      asked.push(`${key} ${ip}`)
      return ip === HERE && key === KEY ? state.answer() : { access_token: null, keep_s: 20 }
    },
  })
  const route = (path: string, row: Partial<Operation>): void => {
    const operation = { ...createJar, path, money: false, raw: false, ...row } as Operation
    server.route({
      method: operation.method,
      url: `/api/v1${path}`,
      config: { operation },
      handler: async (request, reply) => {
        if (operation.raw) reply.header('content-security-policy', "default-src 'none'; style-src 'nonce-1'")
        return { bearer: request.headers.authorization, key: request.headers['x-api-key'] }
      },
    })
  }
  route('/things', { method: 'GET', access: { signedIn: true } })
  route('/open', { method: 'GET', access: { anyone: true } })
  for (const path of ['/auth/token', '/auth/interaction/:uid'])
    route(path, { method: 'POST', access: { anyone: true }, raw: true })
  t.after(() => server.close())
  const send = async (url: string, headers: Record<string, string> = {}, remoteAddress = HERE): Promise<Told> => {
    const method = url.startsWith('/auth') ? 'POST' : 'GET'
    const answer = await server.inject({ method, url: `/api/v1${url}`, headers, remoteAddress })
    return { status: answer.statusCode, body: answer.json(), headers: answer.headers }
  }
  return { send, asked, state, server }
}

describe("a business customer's key", () => {
  test('stands for the token of its session, in either place, and reaches no operation itself', async (t) => {
    const { send, asked } = openEdge(t)
    for (const headers of [{ authorization: `Bearer ${KEY}` }, { 'x-api-key': KEY }]) {
      const { status, body } = await send('/things', headers)
      assert.deepEqual([status, body], [200, { bearer: 'Bearer token.of.key' }])
    }
    assert.deepEqual(asked, [`${KEY} ${HERE}`])
  })

  test('is asked about anew for each address: it may be bound to networks', async (t) => {
    const { send, asked } = openEdge(t)
    await send('/things', { 'x-api-key': KEY })
    const { body } = await send('/things', { 'x-api-key': KEY }, '203.0.113.8')
    assert.equal(body.bearer, 'Bearer none')
    assert.equal(asked.length, 2)
  })

  test('that is none of ours is passed on to nobody, and what has not its form is not even asked about', async (t) => {
    const { send, asked } = openEdge(t)
    for (const key of ['bfk_', `${KEY}0`, KEY.toUpperCase(), 'bfk_../../x'])
      assert.equal((await send('/things', { 'x-api-key': key })).body.bearer, 'Bearer none')
    assert.deepEqual(asked, [])
  })

  test('ASVS 2.2.1: guesses are counted by their address before identity is asked', async (t) => {
    const { send, asked } = openEdge(t, { BANKFLOW_RATE_LIMIT_PER_MINUTE: '3' })
    const guess = (i: number): string => `bfk_${String(i).padStart(32, '0')}_${'b'.repeat(43)}_00000000`
    const open = { limit: 3, statuses: [] as number[] }
    for (let i = 0; i < 6; i++) open.statuses.push((await send('/things', { 'x-api-key': guess(i) })).status)
    assert.deepEqual(open.statuses, [200, 200, 200, 429, 429, 429])
    assert.equal(asked.length, open.limit)
  })

  test('beside another credential is refused, and public operations need none', async (t) => {
    const { send, asked } = openEdge(t)
    const cookie = `__Host-bf_sid=${'a'.repeat(43)}`
    for (const headers of [
      { 'x-api-key': KEY, authorization: 'Bearer x.y.z' },
      { 'x-api-key': KEY, cookie },
      { authorization: `Bearer ${KEY}`, cookie },
    ]) {
      const { status, body } = await send('/things', headers)
      assert.deepEqual([status, body.code], [400, 'TWO_CREDENTIALS'])
    }
    assert.equal((await send('/open', { 'x-api-key': KEY })).status, 200)
    assert.deepEqual(asked, [])
  })
})

describe('a raw operation', () => {
  test('takes forms without the header of the app, and a policy of its own for its page', async (t) => {
    const { send } = openEdge(t)
    const { status, headers } = await send('/auth/interaction/1', { cookie: `__Host-bf_sid=${'a'.repeat(43)}` })
    assert.equal(status, 200)
    assert.equal(headers['content-security-policy'], "default-src 'none'; style-src 'nonce-1'")
    assert.equal(headers['referrer-policy'], 'same-origin')
    assert.equal(headers['x-frame-options'], 'DENY')
  })

  test('is shown to no script of another origin, not even of one that may call the API', async (t) => {
    const origin = 'https://app.example.com'
    const { send, server } = openEdge(t, { BANKFLOW_CORS_ORIGINS: origin })
    assert.equal((await send('/things', { origin })).headers['access-control-allow-origin'], origin)
    assert.equal((await send('/auth/interaction/1', { origin })).headers['access-control-allow-origin'], undefined)
    const preflight = await server.inject({ method: 'OPTIONS', url: '/api/v1/auth/interaction/1', headers: { origin } })
    assert.equal(preflight.headers['access-control-allow-origin'], undefined)
  })

  test('is counted by the address of its caller alone: forms like sign-ins, what third parties send by a limit of its own', async (t) => {
    const { send } = openEdge(t, {
      BANKFLOW_RATE_LIMIT_PER_MINUTE: '1',
      BANKFLOW_RATE_LIMIT_OAUTH_PER_MINUTE: '5',
      BANKFLOW_RATE_LIMIT_SIGN_IN_PER_MINUTE: '2',
    })
    const statuses: number[] = []
    for (let i = 0; i < 3; i++) statuses.push((await send('/auth/interaction/1')).status)
    for (let i = 0; i < 3; i++) statuses.push((await send('/auth/token')).status)
    assert.deepEqual(statuses, [200, 200, 429, 200, 200, 429])
    assert.equal((await send('/auth/token', {}, '203.0.113.8')).status, 200)
  })
})
