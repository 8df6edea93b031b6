import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Fault, Problem } from '#libs/problem/problem.ts'
import { aService } from '#libs/testing/callers.ts'
import { moveSweets, sweetsTaken, takeSweets } from '#libs/testing/jar-contracts.ts'
import { problems, service, takeSweets as taking } from '#libs/testing/jar-service.ts'
import { openJarService, outcomesOf, putUpJar, sweetsIn } from '#libs/testing/jars.ts'
import { aKey, eventually, type ServiceTest } from '#libs/testing/service-test.ts'
import type { Answer } from './executor.ts'
import { type AnyBatch, operationsFor } from './implement.ts'

const { implementBatched } = operationsFor<Record<string, never>>()
const original = taking.beats as unknown as AnyBatch

type DecideMany = AnyBatch['decideMany']

/** jar-service whose decisions the test watches or disturbs: `around` gets the real decision to make. */
function openWatched(
  t: Parameters<typeof openJarService>[0],
  around: (...args: [...Parameters<DecideMany>, decide: DecideMany]) => ReturnType<DecideMany>,
): Promise<ServiceTest> {
  const watched = implementBatched(takeSweets, {
    ...original,
    decideMany: (members: never, context: never) => around(members, context, original.decideMany),
  } as never)
  const operations = service.operations.map((one) => (one.contract.id === 'takeSweets' ? watched : one))
  return openJarService(t, { operations })
}

const kitchen = aService('kitchen-service')

function take(jars: ServiceTest, jar_id: string, options: { sweets?: number; wish?: string; key?: string } = {}) {
  const { sweets = 1, wish, key = aKey() } = options
  const body = wish === undefined ? { sweets } : { sweets, wish }
  return jars.call(takeSweets, { params: { jar_id }, body }, kitchen, { key })
}

function codes(settled: readonly PromiseSettledResult<Answer>[]): string[] {
  return settled.map((result) => {
    if (result.status === 'fulfilled') return result.value.headers['idempotency-replayed'] ? 'again' : 'done'
    return result.reason instanceof Problem ? result.reason.kind.code : result.reason.name
  })
}

async function takings(jars: ServiceTest): Promise<number> {
  const [row] = await jars.sql<{ n: number }[]>`select count(*)::int as n from takings`
  return row?.n as number
}

describe('a batched write', () => {
  test('decides 200 concurrent calls in a few transactions, each with its own answer, event and line in the trail', async (t) => {
    const sizes: number[] = []
    const jars = await openWatched(t, (members, context, decide) => {
      sizes.push(members.length)
      return decide(members, context)
    })
    const { jar_id } = await putUpJar(jars, { sweets: 150 })
    const settled = await Promise.allSettled(Array.from({ length: 200 }, () => take(jars, jar_id)))
    const counts = Object.groupBy(codes(settled), (code) => code)
    assert.deepEqual([counts.done?.length, counts.JAR_EMPTY?.length], [150, 50])
    assert.ok(sizes.length <= 4, `${sizes.length} transactions`)
    const remaining = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value.reply.remaining] : []))
    assert.deepEqual(
      remaining.sort((a, b) => a - b),
      Array.from({ length: 150 }, (_, i) => i),
    )
    assert.deepEqual([await sweetsIn(jars, jar_id), await takings(jars)], [0, 150])
    assert.equal((await jars.published(sweetsTaken)).length, 150)
    assert.equal((await outcomesOf(jars, 'takeSweets')).filter((outcome) => outcome === 'JAR_EMPTY').length, 50)
  })

  test('decides the same key twice in one batch once', async (t) => {
    const jars = await openJarService(t)
    const { jar_id } = await putUpJar(jars)
    const [key, other] = [aKey(), aKey()]
    const settled = await Promise.allSettled([
      take(jars, jar_id, { key }),
      take(jars, jar_id, { key }),
      take(jars, jar_id, { key, sweets: 2 }),
      take(jars, jar_id, { key: other }),
    ])
    assert.deepEqual(codes(settled), ['done', 'again', 'IDEMPOTENCY_KEY_REUSED', 'done'])
    assert.equal(await sweetsIn(jars, jar_id), 98)
  })

  test('decides the same key in two batches under way at once once', async (t) => {
    const open = Promise.withResolvers<void>()
    let batches = 0
    const jars = await openWatched(t, async (members, context, decide) => {
      batches += 1
      await open.promise
      return decide(members, context)
    })
    const { jar_id } = await putUpJar(jars)
    const key = aKey()
    const first = take(jars, jar_id, { key })
    await eventually(() => batches === 1)
    const second = take(jars, jar_id, { key })
    // The second waits in the database for the first one's key.
    await eventually(async () => {
      const [row] = await jars.owner`select count(*)::int as n from pg_locks where not granted`
      return row?.n === 1
    })
    open.resolve()
    assert.deepEqual(codes(await Promise.allSettled([first, second])), ['done', 'again'])
    // What the second decided before it heard that its key was taken was rolled back.
    assert.deepEqual([await sweetsIn(jars, jar_id), await takings(jars)], [99, 1])
    assert.equal((await jars.published(sweetsTaken)).length, 1)
  })

  test('lets a member that the database refuses fail alone, with the problem of the constraint, for good', async (t) => {
    const jars = await openJarService(t)
    const { jar_id } = await putUpJar(jars)
    const key = aKey()
    const calls = Array.from({ length: 20 }, (_, i) =>
      take(jars, jar_id, i === 7 ? { key, wish: 'all of them, now' } : {}),
    )
    const outcomes = codes(await Promise.allSettled(calls))
    assert.equal(outcomes[7], 'WISH_REFUSED')
    assert.equal(outcomes.filter((code) => code === 'done').length, 19)
    assert.equal(await sweetsIn(jars, jar_id), 81)
    const again = await Promise.allSettled([take(jars, jar_id, { key, wish: 'all of them, now' })])
    assert.equal((again[0] as PromiseRejectedResult).reason.options.headers['idempotency-replayed'], 'true')
    const trail = (await outcomesOf(jars, 'takeSweets')).sort()
    assert.deepEqual([trail.length, trail[0]], [20, 'WISH_REFUSED'])
  })

  test('lets a member on which our own code breaks fail alone, and frees its key', async (t) => {
    let isBroken = true
    const jars = await openWatched(t, (members, context, decide) => {
      if (isBroken && members.some((member) => (member.input.body as { wish?: string }).wish === 'bug'))
        throw new TypeError('our bug')
      return decide(members, context)
    })
    const { jar_id } = await putUpJar(jars)
    const key = aKey()
    const settled = await Promise.allSettled([
      take(jars, jar_id),
      take(jars, jar_id, { key, wish: 'bug' }),
      take(jars, jar_id, { key, wish: 'bug' }),
      take(jars, jar_id),
    ])
    assert.deepEqual(codes(settled), ['done', 'TypeError', 'TypeError', 'done'])
    isBroken = false
    assert.equal((await take(jars, jar_id, { key, wish: 'bug' })).headers['idempotency-replayed'], undefined)
  })

  test('answers a repeated refusal with the same refusal, and frees the key of one that asks for something first', async (t) => {
    const jars = await openJarService(t)
    const { jar_id } = await putUpJar(jars, { sweets: 1 })
    const [empty, early] = [aKey(), aKey()]
    const call = () =>
      Promise.allSettled([
        take(jars, jar_id, { key: empty, sweets: 5 }),
        take(jars, jar_id, { key: early, wish: 'before dinner' }),
      ])
    assert.deepEqual(codes(await call()), ['JAR_EMPTY', 'WAIT_FOR_DINNER'])
    await jars.sql`update jars set sweets = 50`
    const second = await call()
    assert.deepEqual(codes(second), ['JAR_EMPTY', 'WAIT_FOR_DINNER'])
    const headers = second.map((one) => (one as PromiseRejectedResult).reason.options.headers?.['idempotency-replayed'])
    assert.deepEqual(headers, ['true', undefined])
    const stored = await jars.sql`select key from idempotency_keys where operation = 'takeSweets'`
    assert.deepEqual(
      stored.map((row) => row.key),
      [empty],
    )
  })

  test('needs a key', async (t) => {
    const jars = await openJarService(t)
    const { jar_id, owner } = await putUpJar(jars)
    const input = { params: { jar_id }, body: { sweets: 1 } }
    const error = await jars.call(takeSweets, input, owner).catch((thrown: unknown) => thrown)
    assert.equal((error as Problem).kind.code, 'IDEMPOTENCY_KEY_REQUIRED')
  })

  test('answers a Fault when its queue is full, and the waiting ones all the same', async (t) => {
    const open = Promise.withResolvers<void>()
    const jars = await openWatched(t, async (members, context, decide) => {
      await open.promise
      return decide(members, context)
    })
    const { jar_id } = await putUpJar(jars, { sweets: 100_000 })
    const batch = jars.runtime.executorOf(takeSweets)?.batch
    const request = () => {
      const input = { params: { jar_id }, query: {}, body: { sweets: 1 } }
      return { input, caller: kitchen, trace: { correlation_id: 'a', traceparent: 'b' }, key: aKey() }
    }
    const settled = batch?.submitAll(Array.from({ length: 10_001 }, request))
    await sleep(10)
    open.resolve()
    const reasons = ((await settled) ?? []).flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
    assert.equal(reasons.length, 1)
    assert.ok(reasons[0] instanceof Fault)
  })
})

describe('a connection that is killed in the middle of a batch', () => {
  for (const when of ['before', 'after'] as const) {
    test(`${when} the decision is a Fault, and the same keys then have exactly one effect`, async (t) => {
      let isKilled = false
      const jars = await openWatched(t, async (members, context, decide) => {
        const kill = async () => {
          isKilled = true
          const [me] = await context.tx<{ pid: number }[]>`select pg_backend_pid() as pid`
          await jars.sql`select pg_terminate_backend(${me?.pid as number})`
          await sleep(50)
        }
        if (!isKilled && when === 'before') await kill()
        const verdicts = await decide(members, context)
        if (!isKilled && when === 'after') await kill()
        return verdicts
      })
      const { jar_id } = await putUpJar(jars)
      const keys = Array.from({ length: 10 }, aKey)
      const first = await Promise.allSettled(keys.map((key) => take(jars, jar_id, { key })))
      assert.deepEqual(new Set(codes(first)), new Set(['Fault']))
      const second = await Promise.allSettled(keys.map((key) => take(jars, jar_id, { key })))
      assert.deepEqual(new Set(codes(second)), new Set(['done']))
      assert.deepEqual([await sweetsIn(jars, jar_id), await takings(jars)], [90, 10])
    })
  }

  test('after the commit, unseen by us, is found by its keys: the members get their answers', async (t) => {
    const jars = await openJarService(t)
    const { jar_id } = await putUpJar(jars)
    const database = jars.runtime.database
    const transact = database.transact
    let isLost = false
    database.transact = async (work) => {
      const result = await transact(work)
      if (!isLost) {
        isLost = true
        throw new Fault('the database connection was lost')
      }
      return result
    }
    const keys = Array.from({ length: 5 }, aKey)
    const settled = await Promise.allSettled(keys.map((key) => take(jars, jar_id, { key })))
    assert.deepEqual(new Set(codes(settled)), new Set(['again']))
    assert.equal(await sweetsIn(jars, jar_id), 95)
  })
})

describe('an operation that answers 202', () => {
  test('answers at once, waits for the end when told to, and a repeated key gets the present state', async (t) => {
    const jars = await openJarService(t)
    const { jar_id, owner } = await putUpJar(jars)
    const { jar_id: to_jar_id } = await putUpJar(jars, { owner })
    const input = { params: { jar_id }, body: { to_jar_id, sweets: 40 } }
    const key = aKey()
    const first = await jars.call(moveSweets, input, owner, { key })
    assert.deepEqual([first.status, first.reply.move_status], [202, 'PENDING'])
    assert.equal(first.headers.location, `/api/v1/moves/${first.reply.move_id}`)
    const waited = await jars.call(moveSweets, input, owner, { key, waitMs: 10_000 })
    assert.deepEqual([waited.status, waited.reply], [202, { ...first.reply, move_status: 'DONE' }])
    assert.equal(waited.headers.location, first.headers.location)
    assert.equal(waited.headers['preference-applied'], 'wait')
    assert.deepEqual([await sweetsIn(jars, jar_id), await sweetsIn(jars, to_jar_id)], [60, 140])
    const refused = { ...input, body: { to_jar_id, sweets: 1_000 } }
    const end = await jars.call(moveSweets, refused, owner, { key: aKey(), waitMs: 10_000 })
    assert.equal(end.reply.move_status, 'FAILED')
  })
})

test('the catalogue of the demo service names every refusal that its contract lists', () => {
  for (const code of takeSweets.problems) assert.ok(code in problems, code)
})
