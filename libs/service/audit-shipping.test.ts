import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { Type } from 'typebox'
import { operationsOf } from '#libs/contract/operation.ts'
import { newId } from '#libs/ids/ids.ts'
import { countUnaudited, type OutgoingAct, takeActs } from '#libs/outbox/audit-outbox.ts'
import { Unreachable } from '#libs/problem/problem.ts'
import { aCustomer } from '#libs/testing/callers.ts'
import { createJar, inspectLabel } from '#libs/testing/jar-contracts.ts'
import { service } from '#libs/testing/jar-service.ts'
import { putUpJar } from '#libs/testing/jars.ts'
import { eventually, openServiceTest, type ServiceTest } from '#libs/testing/service-test.ts'

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

  test('is one instance at a time, until it stops or has not been heard of for half a minute', async (t) => {
    const jars = await openServiceTest(t, service)
    await addActs(jars, 1)
    const [one, two] = [newId(), newId()]
    const take = (shipper: string, at_ms: number) =>
      takeActs(jars.sql, { shipper, now: new Date(at_ms), held_until: new Date(at_ms + 30_000) })
    const at = Date.now()
    const both = await Promise.all([take(one, at), take(two, at)])
    assert.deepEqual(both.map((acts) => acts.length).toSorted(), [0, 1])
    const [holder, other] = both[0]?.length === 1 ? [one, two] : [two, one]
    assert.equal((await take(holder, at + 29_000)).length, 1)
    assert.equal((await take(other, at + 58_000)).length, 0)
    assert.equal((await take(other, at + 60_000)).length, 1)
    assert.equal((await take(holder, at + 60_000)).length, 0)
  })

  test('hands its turn on when the service stops', async (t) => {
    const { jars, calls } = await openShipping(t)
    await putUpJar(jars)
    await eventually(() => calls.length === 1)
    await jars.runtime.stop()
    const [turn] = await jars.sql<{ held_until: Date | null }[]>`select held_until from audit_shipping`
    assert.equal(turn?.held_until, null)
  })

  test('does not happen where nobody says who takes acts', async (t) => {
    const jars = await openServiceTest(t, service)
    jars.peer(inspectLabel, () => ({ is_allowed: true }))
    await jars.call(createJar, { body: { label: 'a', sweets: 1, worth_cents: 1n } }, aCustomer())
    assert.equal(await countUnaudited(jars.sql), 1)
  })
})
