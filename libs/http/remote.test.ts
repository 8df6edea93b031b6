import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { signJwt } from '#libs/crypto/jwt.ts'
import { generateSigningKey } from '#libs/crypto/signing-keys.ts'
import { Fault, Problem, Unreachable } from '#libs/problem/problem.ts'
import { newTrace } from '#libs/telemetry/context.ts'
import { aCustomer, aService } from '#libs/testing/callers.ts'
import { createJar, getJar, takeSweets } from '#libs/testing/jar-contracts.ts'
import { problems } from '#libs/testing/jar-service.ts'
import { createDiscovery } from './discovery.ts'
import type { Request } from './executor.ts'
import { bodyOf } from './problem-reply.ts'
import { callerOfServiceToken, createRemotePeers } from './remote.ts'

const key = generateSigningKey()
const NOW_S = 1_800_000_000
const known = (service: string) => new Map(service === 'kitchen-service' ? [[key.kid, key.publicKey]] : [])

/** Peers whose one server answers as the test says; what it was sent is kept. */
async function openPeers(t: TestContext, answer: RequestListener) {
  const sent: { url: string; headers: Record<string, unknown>; body: string }[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    sent.push({ url: String(request.url), headers: request.headers, body })
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close().closeAllConnections())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const peers = createRemotePeers({
    others: createDiscovery({ addressesOf: (name) => (name === 'jar-service' ? url : undefined) }),
    key,
    nowS: () => NOW_S,
  })
  return { peers, sent }
}

function request(parts: Partial<Request['input']>, more: Partial<Request> = {}): Request {
  const input = { params: {}, query: {}, body: {}, ...parts } as Request['input']
  return { input, caller: aService('kitchen-service'), trace: newTrace(), ...more }
}

const jar_id = '0190b5a0-7b7b-7b7b-8b7b-0190b5a07b7b'
const jar = { jar_id, customer_id: jar_id, label: 'x', sweets: 1, worth_cents: 5 }

function json(status: number, body: unknown, type = 'application/json'): RequestListener {
  return (_request, response) => response.writeHead(status, { 'content-type': type }).end(JSON.stringify(body))
}

describe('a call to another process', () => {
  test('carries path, body, key, trace and the person it acts for, and brings money back as bigint', async (t) => {
    const { peers, sent } = await openPeers(t, json(201, jar))
    const person = aCustomer()
    const body = { label: 'x', sweets: 1, worth_cents: 9_007_199_254_740_991n }
    const asked = request({ body }, { key: 'k1', caller: aService('kitchen-service', person) })
    const reply = await peers.call('kitchen-service', createJar, asked)
    assert.deepEqual(reply, { ...jar, worth_cents: 5n })
    const { url, headers, body: text } = sent[0] as (typeof sent)[number]
    assert.deepEqual([url, headers['idempotency-key']], ['/api/v1/jars', 'k1'])
    assert.equal(headers['x-correlation-id'], asked.trace.correlation_id)
    assert.match(text, /"worth_cents":9007199254740991/)
    const token = String(headers.authorization).slice('Bearer '.length)
    const caller = callerOfServiceToken(token, 'jar-service', known, NOW_S + 59)
    assert.deepEqual(
      [caller.kind, caller.service, caller.sub, caller.customer_id],
      ['service', 'kitchen-service', person.sub, person.customer_id],
    )
  })

  test('that is refused brings the refusal, with its pointers and members', async (t) => {
    const refusal = new Problem(problems.JAR_EMPTY, {
      errors: [{ pointer: '/sweets', detail: 'x' }],
      extra: { left: 3 },
    })
    const body = bodyOf(refusal, { instance: '/x', correlation_id: 'c', money: true })
    const { peers } = await openPeers(t, json(409, body, 'application/problem+json'))
    const error = await peers.call('kitchen-service', getJar, request({ params: { jar_id } })).catch((thrown) => thrown)
    assert.ok(error instanceof Problem)
    assert.deepEqual(error.kind, problems.JAR_EMPTY)
    assert.deepEqual([error.options.errors, error.options.extra], [refusal.options.errors, { left: 3 }])
    assert.equal(error.message, 'The jar has fewer sweets than that.')
  })

  test('that fails, breaks off, makes no sense, refuses us or has nowhere to go is a Fault: nothing is known', async (t) => {
    const problem = 'application/problem+json'
    const answers: RequestListener[] = [
      json(500, { code: 'INTERNAL' }, problem),
      json(503, {}),
      json(401, { code: 'UNAUTHENTICATED', detail: '' }, problem),
      json(429, { code: 'RATE_LIMITED', detail: '' }, problem),
      (_request, response) => response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>no</h1>'),
      (_request, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"jar_id": '),
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' }).write('{')
        setImmediate(() => response.destroy())
      },
      (_request, response) => void response.destroy(),
    ]
    for (const answer of answers) {
      const { peers } = await openPeers(t, answer)
      await assert.rejects(peers.call('kitchen-service', getJar, request({ params: { jar_id } })), Fault)
    }
    const { peers } = await openPeers(t, json(200, { verdicts: [] }))
    const members = [request({ params: { jar_id }, body: { sweets: 1 } })]
    await assert.rejects(peers.callMany('kitchen-service', takeSweets, members), Fault)
    const elsewhere = { ...getJar, service: 'nowhere-service' }
    await assert.rejects(peers.call('kitchen-service', elsewhere, request({ params: { jar_id } })), Fault)
  })
})

describe('a fault', () => {
  test('tells a service that is away from one that answers and fails', async (t) => {
    const outcomeOf = async (answer: RequestListener): Promise<unknown> => {
      const { peers } = await openPeers(t, answer)
      return peers.call('kitchen-service', getJar, request({ params: { jar_id } })).catch((error) => error)
    }
    const silent: RequestListener = (_request, response) => void response.destroy()
    for (const answer of [json(503, {}), json(502, {}), json(401, {}), json(429, {}), silent])
      assert.ok((await outcomeOf(answer)) instanceof Unreachable)
    const failed = await outcomeOf(json(500, {}))
    assert.ok(failed instanceof Fault && !(failed instanceof Unreachable))
  })

  test('of one member of a batch fails the call and says why, and is no sign that the service is away', async (t) => {
    const { peers } = await openPeers(t, json(200, { verdicts: [{ reply: {} }, { fault: true, detail: 'broken' }] }))
    const member = request({ params: { jar_id }, body: { sweets: 1 } })
    const error = await peers.callMany('kitchen-service', takeSweets, [member, member]).catch((thrown) => thrown)
    assert.ok(error instanceof Fault && !(error instanceof Unreachable))
    assert.match(error.message, /1 of 2 members: broken/)
  })
})

describe('a token of a service', () => {
  const sign = (claims: Record<string, unknown> = {}, options: Partial<Parameters<typeof signJwt>[1]> = {}): string =>
    signJwt(
      { iss: 'kitchen-service', aud: 'jar-service', sub: null, ...claims },
      { key, typ: 'service+jwt', ttl_s: 60, now_s: NOW_S, ...options },
    )
  const check = (token: string, nowS = NOW_S) => callerOfServiceToken(token, 'jar-service', known, nowS)

  test('for another service, of another key, for another service name, of another kind or expired is refused', () => {
    const refused = (error: unknown): boolean => error instanceof Problem && error.kind.status === 401
    assert.equal(check(sign()).service, 'kitchen-service')
    assert.throws(() => check(sign({ aud: 'ledger-service' })), refused)
    assert.throws(() => check(sign({}, { key: generateSigningKey() })), refused)
    assert.throws(() => check(sign({ iss: 'garden-service' })), refused)
    assert.throws(() => check(sign({}, { typ: 'at+jwt' })), refused)
    assert.throws(() => check(sign(), NOW_S + 60), refused)
    assert.throws(() => check('nonsense'), refused)
  })

  test('holds between clocks that are half a minute apart', () => {
    for (const skew_s of [-30, 0, 30]) assert.equal(check(sign(), NOW_S + skew_s).service, 'kitchen-service')
    const refused = (error: unknown): boolean => error instanceof Problem && error.kind.status === 401
    assert.throws(() => check(sign({ sub: 'somebody else' }), NOW_S - 36), refused)
  })

  test('makes its bearer nothing but that service, whatever it says', () => {
    const caller = check(
      sign({ acting: { kind: 'user', roles: ['admin'], service: 'ledger-service', customer_id: 'c1' } }),
    )
    const { kind, roles, service, customer_id } = caller
    assert.deepEqual([kind, roles, service, customer_id], ['service', [], 'kitchen-service', 'c1'])
  })
})
