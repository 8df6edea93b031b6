import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { Type } from 'typebox'
import { operationsOf } from '#libs/contract/operation.ts'
import { newId } from '#libs/ids/ids.ts'
import { countUnaudited, type OutgoingAct } from '#libs/outbox/audit-outbox.ts'
import { Unreachable } from '#libs/problem/problem.ts'
import { aCustomer } from '#libs/testing/callers.ts'
import { createJar, inspectLabel } from '#libs/testing/jar-contracts.ts'
import { service } from '#libs/testing/jar-service.ts'
import { putUpJar } from '#libs/testing/jars.ts'
import { eventually, openServiceTest, type ServiceTest } from '#libs/testing/service-test.ts'
import { leaseState } from './lease.ts'

/** The trail, as the test plays it. */
const recordActs = operationsOf('trail-service')({
  id: 'recordActs',
  method: 'POST',
  path: '/internal/acts',
  summary: 'Adds acts to the trail',
  access: { services: ['jar-service'] },
  body: Type.Object({ acts: Type.Array(Type.Unsafe<OutgoingAct>({})) }),
  reply: Type.Object({}),
  audit: false,
})

interface Trail {
  jars: ServiceTest
  /** What arrived, call by call. */
  calls: OutgoingAct[][]
  /** While set, the trail answers by throwing it, after it has got the acts. */
  failing: { with?: Error }
}

async function openShipping(t: TestContext): Promise<Trail> {
  const jars = await openServiceTest(t, service, { recordActs })
  jars.peer(inspectLabel, () => ({ is_allowed: true }))
  const trail: Trail = { jars, calls: [], failing: {} }
  jars.peer(recordActs, ({ body }) => {
    trail.calls.push(body.acts)
    if (trail.failing.with !== undefined) throw trail.failing.with
    return {}
  })
  return trail
}

async function addActs(jars: ServiceTest, count: number, change: string | null = null): Promise<void> {
  const ids = Array.from({ length: count }, () => newId())
  await jars.sql`
    insert into audit_outbox (audit_id, occurred_at, operation, outcome, correlation_id, traceparent, change_encrypted)
    select id, ${new Date()}, 'shakeJar', 'done', 'c', 't', ${change}::text from unnest(${ids}::uuid[]) id`
}

describe('the delivery of acts', () => {
  test('hands an act on as it was written and forgets it, soon after its commit', async (t) => {
    const { jars, calls } = await openShipping(t)
    const caller = aCustomer({ client_id: 'web', ip_hash: 'ip' })
    const before = new Date(Date.now() - 1)
    const { jar_id } = await putUpJar(jars, { owner: caller })
    await eventually(async () => calls.length === 1 && (await countUnaudited(jars.sql)) === 0)
    const [act, ...more] = calls[0] as [OutgoingAct]
    const { audit_id, occurred_at, correlation_id, traceparent, ...rest } = act
    assert.deepEqual(rest, {
      operation: 'createJar',
      user_id: caller.sub,
      acting_service: null,
      session_id: caller.session_id,
      client_id: 'web',
      auth_method: 'pwd',
      ip_hash: 'ip',
      entity_id: jar_id,
      outcome: 'done',
      change_encrypted: null,
    })
    assert.ok(new Date(occurred_at) >= before && correlation_id !== '' && traceparent !== '' && audit_id !== '')
    assert.deepEqual(more, [])
  })

  test('goes oldest first, 500 at most at once, and leaves nothing', async (t) => {
    const { jars, calls } = await openShipping(t)
    await addActs(jars, 1_203)
    await eventually(async () => (await countUnaudited(jars.sql)) === 0)
    const ids = calls.flat().map((act) => act.audit_id)
    assert.deepEqual(ids, ids.toSorted())
    assert.equal(new Set(ids).size, 1_203)
    assert.ok(calls.every((acts) => acts.length <= 500))
  })

  test('ends a batch where its changes get large', async (t) => {
    const { jars, calls } = await openShipping(t)
    await addActs(jars, 9, 'x'.repeat(1_000_000))
    await eventually(async () => (await countUnaudited(jars.sql)) === 0)
    assert.deepEqual(
      calls.map((acts) => acts.length),
      [5, 4],
    )
  })

  test('loses nothing while the trail does not answer, and repeats what it may have taken', async (t) => {
    const { jars, calls, failing } = await openShipping(t)
    failing.with = new Unreachable('the trail is away')
    await putUpJar(jars)
    await eventually(() => calls.length >= 2)
    await putUpJar(jars)
    assert.equal(await countUnaudited(jars.sql), 2)
    delete failing.with
    await eventually(async () => (await countUnaudited(jars.sql)) === 0)
    const [first] = calls[0] as [OutgoingAct]
    assert.deepEqual(calls[1]?.[0], first)
    assert.equal(new Set(calls.flat().map((act) => act.audit_id)).size, 2)
  })

  test('is one instance at a time, and the next one goes on when the first stops', async (t) => {
    const { jars, calls, failing } = await openShipping(t)
    await putUpJar(jars)
    await eventually(() => calls.length === 1)
    const second = await jars.anotherRuntime()
    await eventually(async () => (await countUnaudited(jars.sql)) === 0)
    assert.deepEqual(await leaseState(jars.sql, 'audit shipping'), { term: 1n, is_held: true })
    failing.with = new Unreachable('the trail is away')
    await putUpJar(jars)
    await eventually(() => calls.length >= 2)
    await jars.runtime.stop()
    delete failing.with
    await eventually(async () => (await leaseState(jars.sql, 'audit shipping'))?.term === 2n)
    await eventually(async () => (await countUnaudited(jars.sql)) === 0)
    await second.stop()
    assert.deepEqual(await leaseState(jars.sql, 'audit shipping'), { term: 2n, is_held: false })
  })

  test('asks for no lease, which is a write, while there is nothing to deliver', async (t) => {
    const { jars, calls } = await openShipping(t)
    await eventually(async () => (await leaseState(jars.sql, 'worker'))?.is_held === true)
    assert.equal(await leaseState(jars.sql, 'audit shipping'), undefined)
    await addActs(jars, 1)
    await eventually(() => calls.length === 1)
    assert.equal((await leaseState(jars.sql, 'audit shipping'))?.is_held, true)
  })

  test('does not happen where nobody says who takes acts', async (t) => {
    const jars = await openServiceTest(t, service)
    jars.peer(inspectLabel, () => ({ is_allowed: true }))
    await jars.call(createJar, { body: { label: 'a', sweets: 1, worth_cents: 1n } }, aCustomer())
    assert.equal(await countUnaudited(jars.sql), 1)
  })
})
