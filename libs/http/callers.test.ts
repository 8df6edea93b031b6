import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { anonymous, type Caller } from '#libs/contract/client.ts'
import { signJwt } from '#libs/crypto/jwt.ts'
import { generateSigningKey } from '#libs/crypto/signing-keys.ts'
import { createLog } from '#libs/telemetry/log.ts'
import { createJar } from '#libs/testing/jar-contracts.ts'
import { callersBehindGateway, FRESH_HEADER, GATEWAY_HEADER } from './callers.ts'
import type { Executor } from './executor.ts'
import { registerRoute } from './routes.ts'
import { createHttpServer } from './server.ts'
import { TokenVerifier } from './verifier.ts'

const NOW_S = Math.floor(Date.now() / 1000)
const [gatewayKey, accountKey] = [generateSigningKey(), generateSigningKey()]
const keys: Record<string, typeof gatewayKey> = { 'api-gateway': gatewayKey, 'account-service': accountKey }
const USER = 'a-user-token'

const tokenOf = (issuer: string, key: typeof gatewayKey, audience = 'jar-service'): string =>
  signJwt({ iss: issuer, aud: audience, sub: null }, { key, typ: 'service+jwt', ttl_s: 60, now_s: NOW_S })

/** Identity that knows one token, without keys or a database. */
class OneToken extends TokenVerifier {
  constructor() {
    super({
      keys: async () => [],
      revocations: async () => ({ session_ids: [], cursor: '' }),
      isActive: async () => true,
    })
  }

  override async verify(token: string): Promise<Caller> {
    return token === USER ? { ...anonymous, kind: 'user', sub: 'somebody' } : super.verify(token)
  }
}

/** One operation on a listener of services that answers 201 and tells who asked; anybody may ask at /open, the signed in at /own. */
function openListener(t: TestContext) {
  const log = createLog({ service: 'test', level: 'silent' })
  const server = createHttpServer({ log, bodyLimitBytes: 1024, constraints: {} })
  const services = {
    audience: 'jar-service',
    keysOfService: (name: string) => {
      const key = keys[name]
      return key === undefined ? new Map() : new Map([[key.kid, key.publicKey]])
    },
    nowS: () => NOW_S,
  }
  const callers = callersBehindGateway(new OneToken(), services, 'api-gateway')
  const asked: Caller[] = []
  const freshness: (boolean | undefined)[] = []
  const read = { ...createJar, access: { anyone: true }, path: '/read', method: 'GET', money: false }
  const executeRead: Executor['execute'] = async ({ isFresh }) => {
    freshness.push(isFresh)
    return { status: 204, headers: {}, reply: undefined }
  }
  registerRoute(
    server,
    '',
    '/read',
    { contract: read as unknown as Executor['contract'], execute: executeRead },
    callers,
  )
  for (const [path, access] of [
    ['/open', { anyone: true }],
    ['/own', { signedIn: true }],
  ] as const) {
    const execute: Executor['execute'] = async ({ caller }) => {
      asked.push(caller)
      return { status: 204, headers: {}, reply: undefined } as Awaited<ReturnType<Executor['execute']>>
    }
    const contract = { ...createJar, access, path } as unknown as Executor['contract']
    registerRoute(server, '', path, { contract, execute }, callers)
  }
  t.after(() => server.close())
  const ask = async (url: string, headers: Record<string, string>): Promise<number> => {
    const payload = { label: 'x', sweets: 1, worth_cents: 1 }
    return (await server.inject({ method: 'POST', url, headers, payload })).statusCode
  }
  const reads = async (headers: Record<string, string>): Promise<boolean | undefined> => {
    assert.equal((await server.inject({ url: '/read', headers })).statusCode, 204)
    return freshness.pop()
  }
  return { ask, asked, reads }
}

describe('a listener of services', () => {
  const gateway = tokenOf('api-gateway', gatewayKey)
  const service = `Bearer ${tokenOf('account-service', accountKey)}`

  test('takes no user and no stranger that did not come through the gateway', async (t) => {
    const { ask, asked } = openListener(t)
    const notTheGateway = [
      {},
      { [GATEWAY_HEADER]: 'nonsense' },
      { [GATEWAY_HEADER]: tokenOf('api-gateway', gatewayKey, 'another-service') },
      { [GATEWAY_HEADER]: tokenOf('api-gateway', accountKey) },
      { [GATEWAY_HEADER]: tokenOf('account-service', accountKey) },
    ]
    for (const headers of notTheGateway) {
      assert.equal(await ask('/open', headers), 401)
      assert.equal(await ask('/own', { ...headers, authorization: `Bearer ${USER}` }), 401)
    }
    assert.deepEqual(asked, [])
  })

  test('takes both through the gateway, at the address that it forwards', async (t) => {
    const { ask, asked } = openListener(t)
    const from = (address: string) => ({ [GATEWAY_HEADER]: gateway, 'x-forwarded-for': address })
    assert.equal(await ask('/open', from('203.0.113.7')), 204)
    assert.equal(await ask('/own', { ...from('203.0.113.7'), authorization: `Bearer ${USER}` }), 204)
    assert.equal(await ask('/open', from('203.0.113.8')), 204)
    const [stranger, user, other] = asked
    assert.deepEqual([stranger?.kind, user?.kind, user?.sub], ['anonymous', 'user', 'somebody'])
    assert.equal(stranger?.ip_hash, user?.ip_hash)
    assert.notEqual(stranger?.ip_hash, other?.ip_hash)
  })

  test('takes another service by its token alone, and believes no address that it forwards', async (t) => {
    const { ask, asked } = openListener(t)
    assert.equal(await ask('/own', { authorization: service, 'x-forwarded-for': '203.0.113.7' }), 204)
    assert.equal(await ask('/own', { authorization: service }), 204)
    assert.deepEqual([asked[0]?.kind, asked[0]?.service], ['service', 'account-service'])
    assert.equal(asked[0]?.ip_hash, asked[1]?.ip_hash)
  })

  test('lets a lagging copy of the data answer only what the gateway says', async (t) => {
    const { reads } = openListener(t)
    const through = { [GATEWAY_HEADER]: gateway }
    assert.equal(await reads(through), true)
    assert.equal(await reads({ ...through, [FRESH_HEADER]: '1' }), true)
    assert.equal(await reads({ ...through, [FRESH_HEADER]: '0' }), false)
    assert.equal(await reads({ authorization: service, [FRESH_HEADER]: '0' }), true)
  })

  test('takes no service through the gateway', async (t) => {
    const { ask } = openListener(t)
    assert.equal(await ask('/own', { authorization: service, [GATEWAY_HEADER]: gateway }), 401)
  })
})
