import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { Type } from 'typebox'
import { anonymous } from '#libs/contract/client.ts'
import { operationsOf } from '#libs/contract/operation.ts'
import { defineProblems, Problem, refuse } from '#libs/problem/problem.ts'
import { createLog } from '#libs/telemetry/log.ts'
import { openJarService, outcomesOf } from '#libs/testing/jars.ts'
import type { RawContext } from './implement.ts'
import { operationsFor } from './implement.ts'
import type { RawReply, RawRequest } from './raw-messages.ts'
import { registerRoute } from './routes.ts'
import { createHttpServer } from './server.ts'

const speak = operationsOf('jar-service')({
  id: 'speak',
  method: 'POST',
  path: '/speak/:word',
  summary: 'Says a word in its own way',
  access: { anyone: true },
  params: Type.Object({ word: Type.String({ maxLength: 8 }) }),
  reply: Type.Unknown(),
  bodyLimitBytes: 1_000,
  raw: true,
})

const { TIRED } = defineProblems({ TIRED: [409, 'Nothing is said any more'] })

type Answer = (request: RawRequest, context: RawContext<Record<string, never>>) => Promise<RawReply>

/** A server over one raw operation that answers as the test says, and the requests that it saw. */
async function openSpeaker(t: TestContext, answer: Answer) {
  const seen: RawRequest[] = []
  const { implementRaw } = operationsFor<Record<string, never>>()
  const operation = implementRaw(speak, {
    answer: (request, context) => {
      seen.push(request)
      return answer(request, context)
    },
  })
  const jars = await openJarService(t, { operations: [operation] })
  const server = createHttpServer({
    log: createLog({ service: 'test', level: 'silent' }),
    bodyLimitBytes: 1 << 20,
    constraints: {},
  })
  const callers = { callerOf: async () => anonymous, confirm: async () => {}, certificateOf: () => 'PEM' }
  for (const executor of jars.runtime.executors.values())
    registerRoute(server, '/api/v1', executor.contract.path, executor, callers)
  await server.listen({ port: 0, host: '127.0.0.1' })
  t.after(() => server.close())
  const origin = `http://127.0.0.1:${(server.server.address() as { port: number }).port}`
  const post = (word: string, body: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${origin}/api/v1/speak/${word}`, { method: 'POST', body, headers, redirect: 'manual' })
  return { jars, seen, origin, post }
}

const hello: Answer = async () => ({
  status: 303,
  headers: { location: '/there', 'set-cookie': ['a=1', 'b=2'], 'content-type': 'text/html' },
  body: 'go',
})

describe('a raw operation', () => {
  test('sees the text as it came, of any type, and answers with any status and several cookies', async (t) => {
    const { post, seen, origin } = await openSpeaker(t, hello)
    for (const type of ['application/x-www-form-urlencoded', 'application/json', 'application/jwt']) {
      const response = await post('loud?a=1&a=%32?', 'a=1&b={', { 'content-type': type, dpop: 'proof' })
      assert.deepEqual([response.status, response.headers.get('location')], [303, '/there'])
      assert.deepEqual(response.headers.getSetCookie(), ['a=1', 'b=2'])
      assert.equal(await response.text(), 'go')
      const last = seen.at(-1) as RawRequest
      const { method, path, query, params, body } = last
      assert.deepEqual(
        { method, path, query, params, body },
        {
          ...{ method: 'POST', path: '/api/v1/speak/loud', query: 'a=1&a=%32?' },
          ...{ params: { word: 'loud' }, body: 'a=1&b={' },
        },
      )
      assert.deepEqual([last.headers['content-type'], last.headers.dpop], [type, 'proof'])
      assert.deepEqual([last.origin, last.client_certificate, last.ip_hash?.length], [origin, 'PEM', 22])
    }
  })

  test("never sees the cookie of the bank's own app, nor a header that is not of its protocol", async (t) => {
    const { post, seen } = await openSpeaker(t, hello)
    const cookie = 'one=1; __Host-bf_sid=secret; two=2;__Host-bf_sid =secret'
    await post('low', '', { cookie, 'x-forwarded-client-cert': 'forged' })
    assert.equal(seen[0]?.headers.cookie, 'one=1; two=2')
    assert.equal(seen[0]?.headers['x-forwarded-client-cert'], undefined)
    await post('low', '', { cookie: '__Host-bf_sid=secret' })
    assert.equal(seen[1]?.headers.cookie, undefined)
    assert.equal(JSON.stringify(seen).includes('secret'), false)
  })

  test('is not called with a wrong path or a body beyond its limit, and a problem of its is one', async (t) => {
    const { post, seen } = await openSpeaker(t, async () => {
      throw new Problem(TIRED)
    })
    const codes = [
      await post('far-too-long', ''),
      await post('long', 'x'.repeat(1_001)),
      await post('short', 'x'.repeat(1_000)),
    ].map(async (response) => [response.status, ((await response.json()) as { code: string }).code])
    assert.deepEqual(await Promise.all(codes), [
      [400, 'VALIDATION_FAILED'],
      [413, 'BODY_TOO_LARGE'],
      [409, 'TIRED'],
    ])
    assert.equal(seen.length, 1)
  })

  test('acts in one transaction with its line in the trail: a refusal undoes it, a kept one stays', async (t) => {
    const { post, jars } = await openSpeaker(t, async ({ params: { word = '' } }, { act, mintId }) => {
      await act(async ({ tx, answerHeader, namedInTrail }) => {
        const jar = { jar_id: mintId(), customer_id: mintId(), label: word, sweets: 1, worth_cents: 1 }
        await tx`insert into jars ${tx(jar)}`
        namedInTrail({ user_id: jar.customer_id })
        if (word !== 'done') refuse(new Problem(TIRED), { keep: word === 'kept' })
        answerHeader('x-jar', jar.label)
      })
      return { status: 200, headers: {}, body: '' }
    })
    const statuses: (string | number | null)[] = []
    for (const word of ['done', 'undone', 'kept']) {
      const { status, headers } = await post(word, '')
      statuses.push(status, headers.get('x-jar'))
    }
    assert.deepEqual(statuses, [200, 'done', 409, null, 409, null])
    const rows = await jars.sql<{ label: string }[]>`select label from jars order by label`
    assert.deepEqual(
      rows.map((row) => row.label),
      ['done', 'kept'],
    )
    assert.deepEqual(await outcomesOf(jars, 'speak'), ['done', 'TIRED'])
  })
})
