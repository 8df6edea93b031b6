import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { Type } from 'typebox'
import { anonymous, type Caller } from '#libs/contract/client.ts'
import { operationsOf } from '#libs/contract/operation.ts'
import { newId } from '#libs/ids/ids.ts'
import { Fault, Problem } from '#libs/problem/problem.ts'
import { newTrace } from '#libs/telemetry/context.ts'
import { aCustomer, aService, aStaffMember } from '#libs/testing/callers.ts'
import { createJar, getJar, takeSweets } from '#libs/testing/jar-contracts.ts'
import { problems, service } from '#libs/testing/jar-service.ts'
import { openJarService, putUpJar } from '#libs/testing/jars.ts'
import { aKey, type ServiceTest } from '#libs/testing/service-test.ts'
import { entityOf } from './audit.ts'
import { operationsFor } from './implement.ts'

const { implement, implementRead, implementReadMany, implementBatched } = operationsFor<Record<string, never>>()
const operation = operationsOf('jar-service')
const Jar = Type.Object({ jar_id: Type.String() })

/** The trail without what happened before: how each act of an operation ended, and what it was about. */
async function linesOf(jars: ServiceTest, id: string): Promise<[string, string | null][]> {
  const rows = await jars.sql<{ outcome: string; entity_id: string | null }[]>`
    select outcome, entity_id from audit_outbox where operation = ${id} order by audit_id`
  return rows.map((row) => [row.outcome, row.entity_id])
}

const refused = (code: string) => (error: unknown) => error instanceof Problem && error.kind.code === code

describe('a denial in the trail', () => {
  test('names what a stranger asked for, in a read, a write and a batch', async (t) => {
    const jars = await openJarService(t)
    const { jar_id } = await putUpJar(jars)
    const stranger = aCustomer()
    const params = { jar_id }
    await assert.rejects(jars.call(getJar, { params }, stranger), refused('NOT_FOUND'))
    await assert.rejects(
      jars.call(takeSweets, { params, body: { sweets: 1 } }, stranger, { key: aKey() }),
      refused('NOT_FOUND'),
    )
    await assert.rejects(jars.call(createJar, { body: {} as never }, aService('kitchen-service')), refused('FORBIDDEN'))
    assert.deepEqual(await linesOf(jars, 'getJar'), [['DENIED_404', jar_id]])
    assert.deepEqual(await linesOf(jars, 'takeSweets'), [['DENIED_404', jar_id]])
    assert.deepEqual((await linesOf(jars, 'createJar')).slice(1), [['DENIED_403', null]])
  })

  test('is left by a service that sends batches which it may not', async (t) => {
    const jars = await openJarService(t)
    const request = { input: { params: {}, query: {}, body: {} }, trace: newTrace() }
    const batch = jars.runtime.executorOf(takeSweets)?.batch
    await assert.rejects(
      async () => batch?.admit({ ...request, caller: aService('garden-service') }),
      refused('FORBIDDEN'),
    )
    await batch?.admit({ ...request, caller: aService('kitchen-service') })
    assert.deepEqual(await linesOf(jars, 'takeSweets'), [['DENIED_403', null]])
  })

  test('is not left by nobody', async (t) => {
    const jars = await openJarService(t)
    await assert.rejects(jars.call(getJar, { params: { jar_id: newId() } }, anonymous), refused('UNAUTHENTICATED'))
    assert.deepEqual(await linesOf(jars, 'getJar'), [])
  })
})

const peek = operation({
  id: 'peek',
  method: 'GET',
  path: '/jars/:jar_id/inside',
  summary: 'A look into a jar, which is nobody else’s business',
  access: { signedIn: true },
  params: Jar,
  reply: Jar,
  audit: true,
})
const peekMany = operation({ ...peek, id: 'peekMany' } as never) as unknown as typeof peek

describe('a sensitive read in the trail', () => {
  async function openPeeks(t: TestContext): Promise<ServiceTest> {
    const single = implementRead(peek, { read: async ({ params }) => params })
    const gathered = implementReadMany(peekMany, {
      readMany: async (inputs) => inputs.map(({ params }) => ({ reply: params })),
    })
    return openJarService(t, { operations: [...service.operations, single, gathered] })
  }

  test('is each one, also when the question to the database is shared', async (t) => {
    const jars = await openPeeks(t)
    const wishes = Array.from({ length: 5 }, () => newId())
    for (const contract of [peek, peekMany]) {
      await Promise.all(wishes.map((jar_id) => jars.call(contract, { params: { jar_id } }, aCustomer())))
      const lines = await linesOf(jars, contract.id)
      assert.deepEqual(
        lines.map(([outcome]) => outcome),
        Array(5).fill('read'),
      )
      assert.deepEqual(lines.map(([, id]) => id).toSorted(), wishes.toSorted())
    }
  })

  test('is one that finds nothing, too', async (t) => {
    const none = implementRead(peek, {
      read: async () => {
        throw new Problem(problems.JAR_EMPTY)
      },
    })
    const jars = await openJarService(t, { operations: [...service.operations, none] })
    const jar_id = newId()
    await assert.rejects(jars.call(peek, { params: { jar_id } }, aCustomer()), refused('JAR_EMPTY'))
    assert.deepEqual(await linesOf(jars, 'peek'), [['JAR_EMPTY', jar_id]])
  })

  test('is not answered when its line cannot be written', async (t) => {
    const jars = await openPeeks(t)
    await jars.owner`alter table audit_outbox add constraint no_peeking check (operation <> 'peek')`
    await assert.rejects(jars.call(peek, { params: { jar_id: newId() } }, aCustomer()), /no_peeking/)
  })
})

const mind = operation({
  id: 'mind',
  method: 'GET',
  path: '/jars/:jar_id/mind',
  summary: 'What is in a jar, for who put it up and for who minds the shop',
  access: { owner: 'jar_id', roles: ['minder'] },
  params: Jar,
  reply: Jar,
})

describe('a look at what somebody owns', () => {
  test('leaves a line when staff look, none when the owner does', async (t) => {
    const single = implementRead(mind, { read: async ({ params }) => params })
    const jars = await openJarService(t, { operations: [...service.operations, single] })
    const { jar_id, owner } = await putUpJar(jars)
    await jars.call(mind, { params: { jar_id } }, owner)
    assert.deepEqual(await linesOf(jars, 'mind'), [])
    await jars.call(mind, { params: { jar_id } }, aStaffMember('minder'))
    assert.deepEqual(await linesOf(jars, 'mind'), [['read', jar_id]])
  })
})

const lend = operation({
  id: 'lend',
  method: 'POST',
  path: '/lendings',
  summary: 'Lends a jar, or does not',
  access: { signedIn: true, anyone: true },
  body: Type.Object({ source_jar_id: Type.String(), to: Type.String() }),
  reply: Type.Object({ lending_id: Type.String() }),
  idempotency: 'accepted',
})
const lendMany = operation({
  ...lend,
  id: 'lendMany',
  idempotency: 'required',
  batched: true,
} as never) as unknown as typeof lend

/** What lending ends with, and in which beat. */
interface End {
  ask?: Error
  run?: Error
}

async function openLending(t: TestContext, end: End): Promise<ServiceTest> {
  const single = implement(lend, {
    ask: async () => {
      if (end.ask !== undefined) throw end.ask
    },
    run: async (_input, { mintId }) => {
      if (end.run !== undefined) throw end.run
      return { lending_id: mintId() }
    },
  })
  const batched = implementBatched(lendMany, {
    ask: async (members) => members.map(() => (end.ask instanceof Problem ? end.ask : undefined)),
    decideMany: async (members) =>
      members.map(({ id }) => (end.run instanceof Problem ? { problem: end.run } : { reply: { lending_id: id } })),
    present: async (ids) => ids.map((lending_id) => ({ lending_id })),
  })
  return openJarService(t, { operations: [...service.operations, single, batched] })
}

describe('a refused act in the trail', () => {
  const lending = () => ({ source_jar_id: newId(), to: 'Ann' })
  const refusal = new Problem(problems.LABEL_REFUSED)

  test('has one line that names what the body named, wherever it was refused, with a key and without', async (t) => {
    const end: End = {}
    const jars = await openLending(t, end)
    const expected: Record<string, [string, string][]> = { lend: [], lendMany: [] }
    for (const beat of ['ask', 'run'] as const)
      for (const [contract, options] of [
        [lend, {}],
        [lend, { key: aKey() }],
        [lendMany, { key: aKey() }],
      ] as const) {
        delete end.ask
        delete end.run
        end[beat] = refusal
        const body = lending()
        await assert.rejects(jars.call(contract, { body }, aCustomer(), options), refused('LABEL_REFUSED'))
        expected[contract.id]?.push(['LABEL_REFUSED', body.source_jar_id])
      }
    assert.deepEqual(await linesOf(jars, 'lend'), expected.lend)
    assert.deepEqual(await linesOf(jars, 'lendMany'), expected.lendMany)
  })

  test('has none when nothing was decided, or nobody asked', async (t) => {
    const end: End = {}
    const jars = await openLending(t, end)
    const lendAs = (caller: Caller) => jars.call(lend, { body: lending() }, caller)
    end.run = new Fault('away')
    await assert.rejects(lendAs(aCustomer()), Fault)
    end.run = refusal
    await assert.rejects(lendAs(anonymous), refused('LABEL_REFUSED'))
    assert.deepEqual(await linesOf(jars, 'lend'), [])
  })

  test('is not written again when its key comes again', async (t) => {
    const jars = await openLending(t, { run: refusal })
    const [caller, key, body] = [aCustomer(), aKey(), lending()]
    for (const contract of [lend, lendMany])
      for (let time = 0; time < 3; time++)
        await assert.rejects(jars.call(contract, { body }, caller, { key }), refused('LABEL_REFUSED'))
    assert.equal((await linesOf(jars, 'lend')).length, 1)
    assert.equal((await linesOf(jars, 'lendMany')).length, 1)
  })
})

describe('what an act is about', () => {
  const contract = operation({
    id: 'move',
    method: 'POST',
    path: '/moves',
    summary: 'Moves a jar',
    access: {},
    params: Type.Object({ customer_id: Type.Optional(Type.String()), jar_id: Type.Optional(Type.String()) }),
    query: Type.Object({ shelf_id: Type.Optional(Type.String()) }),
    body: Type.Object({
      label: Type.String(),
      from_id: Type.Optional(Type.String()),
      to_id: Type.Optional(Type.String()),
    }),
    reply: Type.Object({ move_id: Type.String(), jar_id: Type.String() }),
  })
  const body = { to_id: 'to', from_id: 'from', label: 'x' }
  const [params, query, reply] = [{ jar_id: 'jar' }, { shelf_id: 'shelf' }, { jar_id: 'jar', move_id: 'move' }]

  test('is the id in the path, else the one that was made, else the one that body or query named, in the order of the contract', () => {
    assert.equal(entityOf(contract, { params, body, query }, reply), 'jar')
    assert.equal(entityOf(contract, { params: {}, body, query }, reply), 'move')
    assert.equal(entityOf(contract, { params: {}, body, query }, null), 'from')
    assert.equal(entityOf(contract, { params: {}, body: { label: 'x' }, query }, null), 'shelf')
    assert.equal(entityOf(contract, {}, undefined), null)
  })

  test('is what else the path names where it has no id', () => {
    const byName = { ...contract, params: Type.Object({ setting_key: Type.String() }) }
    assert.equal(entityOf(byName, { params: { setting_key: 'limits.daily' }, body }, reply), 'limits.daily')
  })

  test('is the first id of a reply that may be one of several things', () => {
    const either = { ...contract, reply: Type.Union([Type.Object({}), Type.Null()]) }
    assert.equal(entityOf(either, { params: {}, body }, { challenge_id: 'challenge' }), 'challenge')
  })
})
