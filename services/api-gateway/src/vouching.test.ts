import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { describe, type TestContext, test } from 'node:test'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Caller } from '#libs/contract/client.ts'
import { signJwt } from '#libs/crypto/jwt.ts'
import { generateSigningKey } from '#libs/crypto/signing-keys.ts'
import { callersAtEdge, callersBehindGateway, GATEWAY_HEADER } from '#libs/http/callers.ts'
import { createDiscovery } from '#libs/http/discovery.ts'
import type { Executor } from '#libs/http/executor.ts'
import { registerRoute } from '#libs/http/routes.ts'
import { createHttpServer } from '#libs/http/server.ts'
import { TokenVerifier } from '#libs/http/verifier.ts'
import { createLog } from '#libs/telemetry/log.ts'
import { dpopKey, generateEcKey, publicEcJwk } from '#libs/testing/bound-tokens.ts'
import { createJar } from '#libs/testing/jar-contracts.ts'
import { gatewayToken } from './gateway-token.ts'
import { registerProxy } from './proxy.ts'

const ISSUER = 'https://bank.example.com'
const [signer, gatewayKey, peerKey] = [generateEcKey(), generateSigningKey(), generateSigningKey()]
const SERVICE_KEYS: Record<string, typeof gatewayKey> = { 'api-gateway': gatewayKey, 'fraud-service': peerKey }
const GRANT = { scope: 'account_information', consent_id: 'k1', authorization_details: [{ type: 'account_access' }] }
const nowS = (): number => Math.floor(Date.now() / 1000)

/** A verifier of its own for each process, as in a split bank; only the gateway's knows what was spent. */
function newVerifier(hasMemory: boolean): TokenVerifier {
  const spent = new Set<string>()
  const spendOnce = async ({ jti }: { jti: string }): Promise<boolean> => !spent.has(jti) && spent.add(jti).size > 0
  const source = {
    keys: async () => [publicEcJwk(signer)],
    revocations: async () => ({ session_ids: [], cursor: '' }),
    isActive: async () => true,
    ...(hasMemory ? { spendOnce } : {}),
  }
  return new TokenVerifier(source, Date.now, (origin) => origin === ISSUER)
}

async function listening(t: TestContext, server: FastifyInstance): Promise<string> {
  await server.listen({ port: 0, host: '127.0.0.1' })
  t.after(() => server.close())
  return `http://127.0.0.1:${(server.server.address() as { port: number }).port}`
}

/** A gateway before a service in another process, both behind real sockets; the service keeps who asked it. */
async function openSplit(t: TestContext) {
  const options = { log: createLog({ service: 'test', level: 'silent' }), bodyLimitBytes: 1024, constraints: {} }
  const asked: Caller[] = []
  const operation = { ...createJar, service: 'jar-service', access: { signedIn: true }, path: '/jars' } as const
  const execute: Executor['execute'] = async ({ caller }) => {
    asked.push(caller)
    return { status: 204, headers: {}, reply: undefined } as Awaited<ReturnType<Executor['execute']>>
  }
  const service = createHttpServer(options)
  const tokens = {
    audience: 'jar-service',
    nowS,
    keysOfService: (name: string) => {
      const key = SERVICE_KEYS[name]
      return key === undefined ? new Map() : new Map([[key.kid, key.publicKey]])
    },
  }
  const behind = callersBehindGateway(newVerifier(false), tokens, 'api-gateway')
  registerRoute(service, '/api/v1', operation.path, { contract: operation as never, execute }, behind)
  const serviceUrl = await listening(t, service)
  const gateway = createHttpServer(options)
  const callers = callersAtEdge(newVerifier(true), ({ protocol, host }) => [`${protocol}://${host}`])
  const tokenFor = async (_: unknown, request: FastifyRequest): Promise<string> => {
    // Who asks is asked before, too, to count him.
    await callers.callerOf(request).catch(() => undefined)
    const seen = { pop: await callers.vouchedFor(request) }
    return gatewayToken({ gateway: 'api-gateway', service: 'jar-service', seen }, gatewayKey, nowS())
  }
  const proxy = { others: createDiscovery({ addressesOf: () => serviceUrl }), tokenFor, originOf: () => ISSUER }
  registerProxy(gateway, { operation: operation as never, path: operation.path }, proxy)
  const url = `${await listening(t, gateway)}/api/v1/jars`
  const send = async (headers: Record<string, string>, to = url): Promise<number> => {
    const body = JSON.stringify({ label: 'x', sweets: 1, worth_cents: 1 })
    const sent = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body }
    return (await fetch(to, sent)).status
  }
  return { asked, send, url, direct: `${serviceUrl}/api/v1/jars` }
}

describe("a third party's token in a bank of many processes", () => {
  const tokenOf = (jkt: string, claims: object = {}): string => {
    const usual = { iss: ISSUER, aud: `${ISSUER}/api/v1`, sub: 'u1', customer_id: 'c1', sid: 's1', client_id: 'shop' }
    const key = { key: signer, typ: 'at+jwt', ttl_s: 900, now_s: nowS() }
    return signJwt({ ...usual, ...GRANT, cnf: { jkt }, ...claims }, key)
  }

  test('has its proof checked at the gateway, once, and reaches the service with what was granted', async (t) => {
    const { asked, send, url } = await openSplit(t)
    const key = await dpopKey()
    const token = tokenOf(key.jkt)
    const headers = {
      authorization: `DPoP ${token}`,
      dpop: await key.proof({ htm: 'POST', htu: url, token, now_s: nowS() }),
    }
    assert.equal(await send(headers), 204)
    assert.deepEqual([asked[0]?.client_id, asked[0]?.grant?.consent_id, asked[0]?.roles], ['shop', 'k1', ['customer']])
    assert.equal(await send(headers), 401, 'the same proof again')
    assert.equal(await send({ authorization: `DPoP ${token}` }), 401, 'no proof')
    assert.equal(asked.length, 1)
  })

  test('is refused by a service that it reaches without the gateway, with a proof as well', async (t) => {
    const { asked, send, direct } = await openSplit(t)
    const key = await dpopKey()
    const token = tokenOf(key.jkt)
    const dpop = await key.proof({ htm: 'POST', htu: direct, token, now_s: nowS() })
    for (const scheme of ['DPoP', 'Bearer'])
      assert.equal(await send({ authorization: `${scheme} ${token}`, dpop }, direct), 401)
    assert.deepEqual(asked, [])
  })

  test('is refused by a service to which the gateway vouches for another token, or somebody else for this one', async (t) => {
    const { asked, send, direct } = await openSplit(t)
    const { jkt } = await dpopKey()
    const [token, other] = [tokenOf(jkt), tokenOf(jkt, { sid: 's2' })]
    const pop = (text: string) => ({ pop: hash('sha256', text, 'base64url') })
    const vouched = (seen: object, key = gatewayKey, gateway = 'api-gateway'): Promise<number> => {
      const header = gatewayToken({ gateway, service: 'jar-service', seen }, key, nowS())
      return send({ authorization: `DPoP ${token}`, [GATEWAY_HEADER]: header }, direct)
    }
    assert.equal(await vouched({}), 401)
    assert.equal(await vouched(pop(other)), 401)
    assert.equal(await vouched(pop(token), peerKey, 'fraud-service'), 401)
    assert.equal(await vouched(pop(token), peerKey), 401)
    assert.deepEqual(asked, [])
    assert.equal(await vouched(pop(token)), 204)
  })

  test('RFC 9700 4.9: what a client writes into the header of the gateway reaches nobody', async (t) => {
    const { asked, send } = await openSplit(t)
    const { jkt } = await dpopKey()
    const token = tokenOf(jkt)
    const seen = { pop: hash('sha256', token, 'base64url') }
    const stolen = gatewayToken({ gateway: 'api-gateway', service: 'jar-service', seen }, gatewayKey, nowS())
    assert.equal(await send({ authorization: `DPoP ${token}`, [GATEWAY_HEADER]: stolen }), 401)
    assert.deepEqual(asked, [])
  })
})
