import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { signJwt } from '#libs/crypto/jwt.ts'
import { generateSigningKey } from '#libs/crypto/signing-keys.ts'
import { Problem } from '#libs/problem/problem.ts'
import { createLog } from '#libs/telemetry/log.ts'
import { aService } from '#libs/testing/callers.ts'
import { takeSweets } from '#libs/testing/jar-contracts.ts'
import { problems } from '#libs/testing/jar-service.ts'
import type { Answer, Executor, Request } from './executor.ts'
import { registerInternalRoutes } from './internal-routes.ts'
import { restoredProblem } from './problem-reply.ts'
import { createHttpServer } from './server.ts'

const jar_id = '0190b5a0-7b7b-7b7b-8b7b-0190b5a07b7b'
const key = generateSigningKey()
const NOW_S = 1_800_000_000

/** Takes one sweet, refuses two, breaks at more. */
async function take({ input }: Request): Promise<Answer> {
  const { sweets } = input.body as unknown as { sweets: number }
  if (sweets === 2) throw new Problem(problems.JAR_EMPTY)
  if (sweets > 2) throw new TypeError('the jar fell')
  return { status: 200, reply: { taken: sweets }, headers: {} }
}

describe('a batch from another process', () => {
  test('is answered by a verdict per member: what failed stands beside the others, whose answers are kept', async (t) => {
    const executor: Executor = {
      contract: takeSweets,
      execute: take,
      batch: {
        admit: () => Promise.resolve(),
        submit: take,
        submitAll: (requests) => Promise.allSettled(requests.map(take)),
        drain: () => Promise.resolve(),
      },
    }
    const log = createLog({ service: 'test', level: 'fatal' })
    const server = createHttpServer({ log, bodyLimitBytes: 1_000_000, constraints: {} })
    t.after(() => server.close())
    const events = {
      producer: 'jar-service',
      read: () => Promise.reject(new Error('not asked')),
      onAppended: () => () => {},
    }
    registerInternalRoutes(server, [{ name: 'jar-service', executors: new Map([['takeSweets', executor]]), events }], {
      keysOfService: () => new Map([[key.kid, key.publicKey]]),
      nowS: () => NOW_S,
    })
    const service = takeSweets.access.services?.[0] as string
    const claims = { iss: service, aud: 'jar-service', sub: null }
    const token = signJwt(claims, { key, typ: 'service+jwt', ttl_s: 60, now_s: NOW_S })
    const members = [1, 3, 2, 1].map((sweets) => ({
      input: { params: { jar_id }, query: {}, body: { sweets } },
      caller: aService(service),
      trace: { correlation_id: 'c', traceparent: 't' },
      key: `key-of-${sweets}-sweets`,
    }))
    const answer = await server.inject({
      method: 'POST',
      url: '/internal/batch/takeSweets',
      headers: { authorization: `Bearer ${token}` },
      payload: { members },
    })
    assert.equal(answer.statusCode, 200, answer.body)
    const [first, broken, refused, last] = answer.json().verdicts
    assert.deepEqual([first, last], [{ reply: { taken: 1 } }, { reply: { taken: 1 } }])
    assert.deepEqual(broken, { fault: true, detail: 'the jar fell' })
    assert.equal(restoredProblem(refused.problem).kind.code, 'JAR_EMPTY')
  })
})
