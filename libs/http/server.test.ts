import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import type { FastifyInstance } from 'fastify'
import type { Caller } from '#libs/contract/client.ts'
import { newId } from '#libs/ids/ids.ts'
import { Fault } from '#libs/problem/problem.ts'
import { createLog } from '#libs/telemetry/log.ts'
import { aCustomer } from '#libs/testing/callers.ts'
import { createJar, moveSweets, takeSweets } from '#libs/testing/jar-contracts.ts'
import { problems } from '#libs/testing/jar-service.ts'
import { openJarService, putUpJar } from '#libs/testing/jars.ts'
import { aKey, type ServiceTest } from '#libs/testing/service-test.ts'
import type { Executor } from './executor.ts'
import { registerRoute } from './routes.ts'
import { createHttpServer } from './server.ts'

type Body = Record<string, unknown> & { errors?: { pointer: string; detail: string }[] }

/** A server over the given executors whose caller is always the same customer. */
async function openServer(t: TestContext, executors: readonly Executor[], caller: Caller = aCustomer()) {
  const log = createLog({ service: 'test', level: 'fatal' })
  const constraints = { odd_constraint: problems.LABEL_TAKEN }
  const server = createHttpServer({ log, bodyLimitBytes: 1024 * 1024, constraints })
  const callers = { callerOf: async () => caller, confirm: async () => {} }
  for (const executor of executors) registerRoute(server, '/api/v1', executor.contract.path, executor, callers)
  t.after(() => server.close())
  return server
}

async function openJarServer(t: TestContext): Promise<{ server: FastifyInstance; jars: ServiceTest; caller: Caller }> {
  const jars = await openJarService(t)
  const caller = aCustomer()
  return { server: await openServer(t, [...jars.runtime.executors.values()], caller), jars, caller }
}

async function send(server: FastifyInstance, url: string, payload: string, headers: Record<string, string> = {}) {
  const given = { 'content-type': 'application/json', ...headers }
  const response = await server.inject({ method: 'POST', url, payload, headers: given })
  return { response, body: response.json<Body>() }
}

/** createJar, except that it fails as the test says: nothing of the inside may show. */
function failing(contract: Executor['contract'], error: Error): Executor {
  return { contract, execute: () => Promise.reject(error) }
}

describe('a failure over HTTP', () => {
  test('is an RFC 9457 problem with instance, code and correlation id', async (t) => {
    const server = await openServer(t, [])
    const response = await server.inject({
      url: '/api/v1/nowhere?secret=1',
      headers: { 'x-correlation-id': 'mine-12345' },
    })
    assert.equal(response.statusCode, 404)
    assert.match(String(response.headers['content-type']), /^application\/problem\+json/)
    assert.deepEqual(response.json(), {
      ...{ type: 'urn:bankflow:problem:not-found', title: 'Nothing is here', status: 404, detail: 'Nothing is here' },
      ...{ instance: '/api/v1/nowhere', code: 'NOT_FOUND', correlation_id: 'mine-12345' },
    })
  })

  test('of a URL that cannot be read is one too', async (t) => {
    const server = await openServer(t, [])
    const response = await server.inject({ url: '/api/v1/%E0%A4%A' })
    assert.deepEqual([response.statusCode, response.json<Body>().code], [404, 'NOT_FOUND'])
  })

  test('names every wrong field of a body by its pointer', async (t) => {
    const { server } = await openJarServer(t)
    const cases: [string, string, string[]][] = [
      ['{"label": "x", ', 'MALFORMED_JSON', []],
      ['{"label":"x","sweets":3,"worth_cents":1,"colour":"red"}', 'VALIDATION_FAILED', ['/colour']],
      ['{"label":7,"sweets":"3","worth_cents":1.5}', 'VALIDATION_FAILED', ['/label', '/sweets', '/worth_cents']],
      ['{"label":"x","sweets":3,"worth_cents":9007199254740993}', 'VALIDATION_FAILED', ['/worth_cents']],
      ['{"label":"x","sweets":3,"worth_cents":null}', 'VALIDATION_FAILED', ['/worth_cents']],
      ['[]', 'VALIDATION_FAILED', ['']],
      ['null', 'VALIDATION_FAILED', ['/label', '/sweets', '/worth_cents']],
      ['', 'VALIDATION_FAILED', ['/label', '/sweets', '/worth_cents']],
    ]
    for (const [payload, code, pointers] of cases) {
      const { response, body } = await send(server, '/api/v1/jars', payload)
      assert.deepEqual([response.statusCode, body.code], [400, code], payload)
      assert.deepEqual([...new Set((body.errors ?? []).map((error) => error.pointer))].sort(), pointers, payload)
    }
  })

  test('names wrong parts of the path, the query and the key', async (t) => {
    const { server } = await openJarServer(t)
    const { body } = await send(server, '/api/v1/jars/not-an-id/takings?more=1', '{"sweets":1}')
    assert.deepEqual(
      body.errors?.map((error) => error.pointer),
      ['path/jar_id', 'query/more'],
    )
    const url = `/api/v1/jars/${newId()}/takings`
    for (const headers of [{ 'idempotency-key': 'x'.repeat(256) }, { 'idempotency-key': 'a b' }, {}] as Record<
      string,
      string
    >[]) {
      const refused = await send(server, url, '{"sweets":1}', headers)
      assert.equal(refused.response.statusCode, headers['idempotency-key'] === undefined ? 404 : 400)
    }
  })

  test('of a body that is too large or no JSON says so', async (t) => {
    const { server } = await openJarServer(t)
    const large = JSON.stringify({ label: 'x'.repeat(1024 * 1024) })
    const tooLarge = await send(server, '/api/v1/jars', large)
    assert.deepEqual([tooLarge.response.statusCode, tooLarge.body.code], [413, 'BODY_TOO_LARGE'])
    const xml = await send(server, '/api/v1/jars', '<jar/>', { 'content-type': 'application/xml' })
    assert.deepEqual([xml.response.statusCode, xml.body.code], [415, 'UNSUPPORTED_MEDIA_TYPE'])
  })

  test('that is our bug shows nothing of the inside', async (t) => {
    const secret = new TypeError("cannot read 'password' of undefined at /srv/bank.ts")
    const { response, body } = await send(
      await openServer(t, [failing(createJar, secret)]),
      '/api/v1/jars',
      '{"label":"x","sweets":3,"worth_cents":1}',
    )
    assert.deepEqual(
      [response.statusCode, body.code, body.detail],
      [500, 'INTERNAL', 'Something went wrong on our side'],
    )
    assert.doesNotMatch(response.body, /password|srv|TypeError|stack/)
  })

  test('of a dependency is a 503 that says when to come again', async (t) => {
    const server = await openServer(t, [failing(createJar, new Fault('kitchen away', { retryAfterS: 7 }))])
    const { response } = await send(server, '/api/v1/jars', '{"label":"x","sweets":3,"worth_cents":1}')
    assert.deepEqual([response.statusCode, response.headers['retry-after']], [503, '7'])
    assert.doesNotMatch(response.body, /kitchen/)
  })

  for (const [code, what] of [
    ['53100', 'a full disk'],
    ['53200', 'no memory'],
    ['57014', 'a statement that took too long'],
    ['40P01', 'a deadlock that outlived its repeats'],
  ] as const)
    test(`of the database by ${what} is a 503, for it says nothing about what was asked`, async (t) => {
      const jars = await openJarService(t)
      const raise = `do $$ begin raise exception using errcode = '${code}', message = 'base/19276 on host four'; end $$`
      const error = await jars.sql.unsafe(raise).then(
        () => assert.fail('nothing was raised'),
        (thrown: Error) => thrown,
      )
      const server = await openServer(t, [failing(createJar, error)])
      const { response, body } = await send(server, '/api/v1/jars', '{"label":"x","sweets":3,"worth_cents":1}')
      assert.deepEqual([response.statusCode, body.code, response.headers['retry-after']], [503, 'UNAVAILABLE', '1'])
      assert.doesNotMatch(response.body, /base|host four/)
    })

  test('where money moves says what became of it: a refusal that nothing moved, a 5xx that it is unknown', async (t) => {
    const { server, jars, caller } = await openJarServer(t)
    const { jar_id } = await putUpJar(jars, { sweets: 1, owner: caller })
    const url = `/api/v1/jars/${jar_id}/takings`
    const refused = await send(server, url, '{"sweets":5}', { 'idempotency-key': aKey() })
    assert.deepEqual([refused.body.code, refused.body.outcome], ['JAR_EMPTY', 'nothing_moved'])
    assert.equal(refused.body.detail, 'The jar has fewer sweets than that. No money was moved.')
    for (const [error, status] of [
      [new Fault('away'), 503],
      [new Error('bug'), 500],
    ] as const) {
      const broken = await openServer(t, [failing(takeSweets, error)])
      const { response, body } = await send(broken, url, '{"sweets":1}', { 'idempotency-key': aKey() })
      assert.deepEqual([response.statusCode, body.outcome], [status, 'unknown'])
      assert.match(String(body.detail), /same Idempotency-Key/)
    }
  })
})

describe('an answer over HTTP', () => {
  test('of a repeated key has the same status and bytes, and says that it is one', async (t) => {
    const { server } = await openJarServer(t)
    const headers = { 'idempotency-key': aKey() }
    const payload = '{"label":"x","sweets":3,"worth_cents":9007199254740991}'
    const first = await send(server, '/api/v1/jars', payload, headers)
    const turned = '{"worth_cents":9007199254740991, "sweets":3, "label":"x"}'
    const again = await send(server, '/api/v1/jars', turned, headers)
    assert.deepEqual([first.response.statusCode, again.response.statusCode], [201, 201])
    assert.equal(again.response.body, first.response.body)
    assert.match(first.response.body, /"worth_cents":9007199254740991/)
    assert.deepEqual(
      [first.response.headers['idempotency-replayed'], again.response.headers['idempotency-replayed']],
      [undefined, 'true'],
    )
    const other = await send(server, '/api/v1/jars', '{"label":"y","sweets":3,"worth_cents":1}', headers)
    assert.deepEqual([other.response.statusCode, other.body.code], [409, 'IDEMPOTENCY_KEY_REUSED'])
  })

  test('of an operation that goes on is 202 with its Location, and Prefer: wait waits for the end', async (t) => {
    const { server, jars, caller } = await openJarServer(t)
    const [from, to] = [await putUpJar(jars, { owner: caller }), await putUpJar(jars, { owner: caller })]
    const payload = JSON.stringify({ to_jar_id: to.jar_id, sweets: 10 })
    const headers = { 'idempotency-key': aKey(), prefer: 'respond-async, wait=10' }
    const { response, body } = await send(server, `/api/v1/jars/${from.jar_id}/moves`, payload, headers)
    assert.deepEqual([response.statusCode, body.move_status], [202, 'DONE'])
    assert.equal(response.headers.location, `/api/v1/moves/${body.move_id}`)
    assert.equal(response.headers['preference-applied'], 'wait')
    assert.equal(moveSweets.status, 202)
  })
})
