import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Type } from 'typebox'
import { anonymous } from '#libs/contract/client.ts'
import { occurred } from '#libs/contract/event.ts'
import { operationsOf } from '#libs/contract/operation.ts'
import { newId } from '#libs/ids/ids.ts'
import { encode } from '#libs/json/json.ts'
import { publish } from '#libs/outbox/publish.ts'
import { Problem, platformProblems, refuse } from '#libs/problem/problem.ts'
import { isInTransaction } from '#libs/sql/database.ts'
import { aCustomer, aService, aStaffMember } from '#libs/testing/callers.ts'
import { createJar, getJar, inspectLabel, sweetsTaken } from '#libs/testing/jar-contracts.ts'
import { problems, service } from '#libs/testing/jar-service.ts'
import { openJarService, outcomesOf, putUpJar } from '#libs/testing/jars.ts'
import { aKey, type ServiceTest } from '#libs/testing/service-test.ts'
import { operationsFor } from './implement.ts'

const { implement } = operationsFor<Record<string, never>>()
const sweets = { label: 'lemon drops', sweets: 3, worth_cents: 9_007_199_254_740_991n }

/** An operation of the test's own: a jar is written, an event too, and then the test decides how it ends. */
const scribble = operationsOf('jar-service')({
  id: 'scribble',
  method: 'POST',
  path: '/scribbles',
  summary: 'Writes a jar and an event, and ends as it is told',
  access: { roles: ['customer'] },
  body: Type.Object({ label: Type.String(), note: Type.Optional(Type.String()) }),
  reply: Type.Object({ label: Type.String() }),
  idempotency: 'accepted',
})

async function openScribbles(t: Parameters<typeof openJarService>[0], end: () => unknown): Promise<ServiceTest> {
  const scribbling = implement(scribble, {
    async run({ body }, { tx, caller }) {
      const jar = { jar_id: newId(), customer_id: caller.customer_id as string, ...sweets, label: body.label }
      await tx`insert into jars ${tx(jar)}`
      const { jar_id } = jar
      await publish(tx, occurred(sweetsTaken, { taking_id: newId(), jar_id, taken: 1, worth_cents: 5n }))
      await end()
      return { label: body.label }
    },
  })
  return openJarService(t, { operations: [...service.operations, scribbling] })
}

async function count(jars: ServiceTest, table: 'jars' | 'outbox_events' | 'idempotency_keys'): Promise<number> {
  const [row] = await jars.sql<{ n: number }[]>`select count(*)::int as n from ${jars.sql(table)}`
  return (row as { n: number }).n
}

function codeOf(error: unknown): string {
  assert.ok(error instanceof Problem, String(error))
  return error.kind.code
}

async function refusalOf(call: Promise<unknown>): Promise<Problem> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof Problem, `expected a refusal, got ${String(error)}`)
  return error
}

describe('a write', () => {
  test('asks other services before its transaction, outside of any', async (t) => {
    const jars = await openJarService(t)
    const seen: boolean[] = []
    jars.peer(inspectLabel, async () => {
      seen.push(isInTransaction())
      assert.equal(await count(jars, 'jars'), 0)
      return { is_allowed: true }
    })
    await jars.call(createJar, { body: sweets }, aCustomer())
    assert.deepEqual(seen, [false])
    assert.equal(await count(jars, 'jars'), 1)
  })

  test('cannot ask another service inside its transaction', async (t) => {
    let ask: () => Promise<unknown> = () => Promise.resolve()
    const jars = await openScribbles(t, () => ask())
    ask = () => jars.client.call(inspectLabel, { body: { label: 'x' } })
    await assert.rejects(jars.call(scribble, { body: { label: 'a' } }, aCustomer()), /inside a transaction/)
    assert.equal(await count(jars, 'jars'), 0)
  })

  test('that throws a problem leaves nothing, its event included', async (t) => {
    const jars = await openScribbles(t, () => {
      throw new Problem(problems.LABEL_REFUSED)
    })
    for (const options of [{}, { key: aKey() }]) {
      const refusal = await refusalOf(jars.call(scribble, { body: { label: 'a' } }, aCustomer(), options))
      assert.equal(refusal.kind.code, 'LABEL_REFUSED')
    }
    assert.deepEqual([await count(jars, 'jars'), await count(jars, 'outbox_events')], [0, 0])
  })

  test('that refuses and keeps its trace commits what it wrote, and its key answers the same refusal', async (t) => {
    const jars = await openScribbles(t, () => refuse(new Problem(problems.LABEL_REFUSED), { keep: true }))
    const [caller, key] = [aCustomer(), aKey()]
    const first = await refusalOf(jars.call(scribble, { body: { label: 'a' } }, caller, { key }))
    assert.deepEqual([await count(jars, 'jars'), await count(jars, 'outbox_events')], [1, 1])
    const again = await refusalOf(jars.call(scribble, { body: { label: 'a' } }, caller, { key }))
    assert.deepEqual([again.kind, again.message], [first.kind, first.message])
    assert.equal(again.options.headers?.['idempotency-replayed'], 'true')
    assert.equal(await count(jars, 'jars'), 1)
    await refusalOf(jars.call(scribble, { body: { label: 'b' } }, caller))
    assert.equal(await count(jars, 'jars'), 2)
  })

  test('refused by a constraint answers the problem of its name, with and without a key', async (t) => {
    const jars = await openJarService(t)
    const [caller, key] = [aCustomer(), aKey()]
    await jars.call(createJar, { body: sweets }, caller)
    assert.equal(codeOf(await refusalOf(jars.call(createJar, { body: sweets }, caller))), 'LABEL_TAKEN')
    assert.equal(codeOf(await refusalOf(jars.call(createJar, { body: sweets }, caller, { key }))), 'LABEL_TAKEN')
    await jars.owner`delete from jars`
    assert.equal(codeOf(await refusalOf(jars.call(createJar, { body: sweets }, caller, { key }))), 'LABEL_TAKEN')
  })
})

describe('an idempotency key', () => {
  test('answers a repeat with the first answer, byte by byte and with money as bigint, and runs nothing', async (t) => {
    const jars = await openJarService(t)
    const [caller, key] = [aCustomer(), aKey()]
    const first = await jars.call(createJar, { body: sweets }, caller, { key })
    const again = await jars.call(createJar, { body: sweets }, caller, { key })
    assert.equal(encode(again.reply), encode(first.reply))
    assert.deepEqual(again.reply, first.reply)
    assert.equal(again.status, 201)
    assert.deepEqual([first.headers, again.headers], [{}, { 'idempotency-replayed': 'true' }])
    assert.equal(await count(jars, 'jars'), 1)
  })

  test('is refused with another body, and does not mind the order of fields', async (t) => {
    const jars = await openJarService(t)
    const [caller, key] = [aCustomer(), aKey()]
    await jars.call(createJar, { body: sweets }, caller, { key })
    const turned = Object.fromEntries(Object.entries(sweets).reverse()) as typeof sweets
    assert.equal(
      (await jars.call(createJar, { body: turned }, caller, { key })).headers['idempotency-replayed'],
      'true',
    )
    const refusal = await refusalOf(jars.call(createJar, { body: { ...sweets, sweets: 4 } }, caller, { key }))
    assert.deepEqual([refusal.kind.code, refusal.kind.status], ['IDEMPOTENCY_KEY_REUSED', 409])
  })

  test('belongs to its caller: another customer with the same key is somebody else', async (t) => {
    const jars = await openJarService(t)
    const key = aKey()
    const mine = await jars.call(createJar, { body: sweets }, aCustomer(), { key })
    const theirs = await jars.call(createJar, { body: sweets }, aCustomer(), { key })
    assert.notEqual(mine.reply.jar_id, theirs.reply.jar_id)
  })

  test('used by two concurrent requests runs one of them, and both get its answer', async (t) => {
    const jars = await openJarService(t)
    const [caller, key] = [aCustomer(), aKey()]
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => jars.call(createJar, { body: sweets }, caller, { key })),
    )
    assert.equal(new Set(answers.map((answer) => answer.reply.jar_id)).size, 1)
    assert.equal(answers.filter((answer) => answer.headers['idempotency-replayed'] === undefined).length, 1)
    assert.equal(await count(jars, 'jars'), 1)
  })

  test('keeps no copy of an answer whose operation says how to answer again, and answers the present state to its caller', async (t) => {
    const discreet = implement(createJar, {
      async run({ body }, { tx, caller, mintId }) {
        const jar = { jar_id: mintId(), customer_id: caller.customer_id as string, ...body }
        await tx`insert into jars ${tx(jar)}`
        return jar
      },
      async present(jar_id, { sql, caller }) {
        const [jar] = await sql`select * from jars where jar_id = ${jar_id} and customer_id = ${caller.customer_id}`
        return jar as never
      },
    })
    const jars = await openJarService(t, { operations: [discreet] })
    const [anna, key] = [aCustomer(), aKey()]
    const answers = await Promise.all([1, 2, 3].map(() => jars.call(createJar, { body: sweets }, anna, { key })))
    await jars.sql`update jars set sweets = 1`
    const again = await jars.call(createJar, { body: sweets }, anna, { key })
    assert.equal(new Set(answers.map(({ reply }) => reply.jar_id)).size, 1)
    assert.deepEqual(again.reply, { ...answers[0]?.reply, sweets: 1 })
    assert.deepEqual([again.status, again.headers['idempotency-replayed']], [201, 'true'])
    const [row] = await jars.sql`select body, resource_id from idempotency_keys`
    assert.deepEqual({ ...row }, { body: null, resource_id: again.reply.jar_id })
    assert.equal(await count(jars, 'jars'), 1)
  })

  test('is used up by a refusal of the operation, which is then answered for good', async (t) => {
    const jars = await openJarService(t)
    const [caller, key] = [aCustomer(), aKey()]
    jars.peer(inspectLabel, () => ({ is_allowed: false }))
    assert.equal(codeOf(await refusalOf(jars.call(createJar, { body: sweets }, caller, { key }))), 'LABEL_REFUSED')
    jars.peer(inspectLabel, () => ({ is_allowed: true }))
    assert.equal(codeOf(await refusalOf(jars.call(createJar, { body: sweets }, caller, { key }))), 'LABEL_REFUSED')
    assert.deepEqual([await count(jars, 'jars'), await count(jars, 'idempotency_keys')], [0, 1])
  })

  test('is not used up by a request that was not let in, nor by a failed question', async (t) => {
    const jars = await openJarService(t)
    const key = aKey()
    assert.equal(codeOf(await refusalOf(jars.call(createJar, { body: sweets }, anonymous, { key }))), 'UNAUTHENTICATED')
    assert.equal(
      codeOf(await refusalOf(jars.call(createJar, { body: sweets }, aStaffMember('support'), { key }))),
      'FORBIDDEN',
    )
    jars.peer(inspectLabel, () => {
      throw new Problem(platformProblems.VALIDATION_FAILED)
    })
    const caller = aCustomer()
    assert.equal(codeOf(await refusalOf(jars.call(createJar, { body: sweets }, caller, { key }))), 'VALIDATION_FAILED')
    assert.equal(await count(jars, 'idempotency_keys'), 0)
    jars.peer(inspectLabel, () => ({ is_allowed: true }))
    assert.equal((await jars.call(createJar, { body: sweets }, caller, { key })).status, 201)
  })

  for (const status of [400, 401, 403, 429, 503]) {
    test(`is not used up by a refusal of the operation with ${status}, whether its trace is kept or not`, async (t) => {
      let end: (problem: Problem) => unknown = () => {}
      const problem = new Problem({ code: 'LATER', status, title: 'Later' })
      const jars = await openScribbles(t, () => end(problem))
      const [caller, key] = [aCustomer(), aKey()]
      for (const keep of [false, true]) {
        end = () => refuse(problem, { keep })
        await refusalOf(jars.call(scribble, { body: { label: 'a' } }, caller, { key }))
        assert.deepEqual([await count(jars, 'idempotency_keys'), await count(jars, 'jars')], [0, keep ? 1 : 0])
      }
      await jars.owner`delete from jars`
      end = () => {}
      const answer = await jars.call(scribble, { body: { label: 'a' } }, caller, { key })
      assert.equal(answer.headers['idempotency-replayed'], undefined)
    })
  }
})

describe('access', () => {
  test("somebody else's object is not found, like one that does not exist, and the attempt is in the trail", async (t) => {
    const jars = await openJarService(t)
    const { jar_id, owner } = await putUpJar(jars)
    assert.equal((await jars.call(getJar, { params: { jar_id } }, owner)).reply.jar_id, jar_id)
    const strangers = await refusalOf(jars.call(getJar, { params: { jar_id } }, aCustomer()))
    const nobodys = await refusalOf(jars.call(getJar, { params: { jar_id: newId() } }, owner))
    assert.deepEqual([strangers.kind, strangers.options], [nobodys.kind, nobodys.options])
    assert.equal(strangers.kind.status, 404)
    assert.deepEqual(await outcomesOf(jars, 'getJar'), ['DENIED_404', 'DENIED_404'])
  })

  test('is for the services that the contract names, and for no other', async (t) => {
    const jars = await openJarService(t)
    const { jar_id } = await putUpJar(jars)
    assert.equal((await jars.call(getJar, { params: { jar_id } }, aService('kitchen-service'))).status, 200)
    const refusal = await refusalOf(jars.call(getJar, { params: { jar_id } }, aService('garden-service')))
    assert.equal(refusal.kind.status, 403)
  })
})

describe('the trail', () => {
  test('has one line for each act: done, refused under a key by its code, denied; and none for a replay', async (t) => {
    const jars = await openJarService(t)
    const [caller, key] = [aCustomer(), aKey()]
    await jars.call(createJar, { body: sweets }, caller, { key })
    await jars.call(createJar, { body: sweets }, caller, { key })
    await refusalOf(jars.call(createJar, { body: sweets }, caller, { key: aKey() }))
    await refusalOf(jars.call(createJar, { body: sweets }, aStaffMember('support')))
    assert.deepEqual(await outcomesOf(jars, 'createJar'), ['done', 'LABEL_TAKEN', 'DENIED_403'])
    const [line] = await jars.sql`select user_id, entity_id, correlation_id from audit_outbox order by audit_id limit 1`
    const [jar] = await jars.sql`select jar_id from jars`
    assert.deepEqual([line?.user_id, line?.entity_id], [caller.sub, jar?.jar_id])
    assert.notEqual(line?.correlation_id, '')
  })
})
