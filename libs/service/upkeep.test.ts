import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { Type } from 'typebox'
import type { Operation } from '#libs/contract/operation.ts'
import { operationsOf } from '#libs/contract/operation.ts'
import { newId } from '#libs/ids/ids.ts'
import type { DeadLetter } from '#libs/outbox/parking.ts'
import { reactionsOf } from '#libs/outbox/react.ts'
import { Problem } from '#libs/problem/problem.ts'
import { aService, aStaffMember } from '#libs/testing/callers.ts'
import { inspectLabel, sweetsMade } from '#libs/testing/jar-contracts.ts'
import { service } from '#libs/testing/jar-service.ts'
import { putUpJar, sweetsIn } from '#libs/testing/jars.ts'
import { eventually, openServiceTest, type ServiceTest } from '#libs/testing/service-test.ts'

const operation = operationsOf('jar-service')
const access = { services: ['admin-service'] }
const upkeep = {
  listDeadLetters: operation({
    id: 'listDeadLetters',
    method: 'GET',
    path: '/internal/jar-service/dead-letters',
    summary: 'What is parked',
    access,
    reply: Type.Object({ items: Type.Array(Type.Unsafe<DeadLetter>({})), unaudited: Type.Integer() }),
  }),
  replayDeadLetter: operation({
    id: 'replayDeadLetter',
    method: 'POST',
    path: '/internal/jar-service/dead-letters/:dead_letter_id/replay',
    summary: 'Runs a parked event again',
    access,
    params: Type.Object({ dead_letter_id: Type.String() }),
    reply: Type.Object({
      dead_letter_id: Type.String(),
      is_resolved: Type.Boolean(),
      error: Type.Union([Type.String(), Type.Null()]),
    }),
    audit: false,
  }),
}
const admin = aService('admin-service')
const react = reactionsOf<Record<string, never>>()

/** jar-service that cannot add sweets to a jar as long as `broken` says by which error. */
async function openBroken(t: TestContext): Promise<{ jars: ServiceTest; broken: { by?: Error } }> {
  const broken: { by?: Error } = {}
  const onSweetsMade = react(sweetsMade, {
    async run(events, _asked, { tx }) {
      if (broken.by !== undefined) throw broken.by
      for (const { data } of events)
        await tx`update jars set sweets = sweets + ${data.sweets} where jar_id = ${data.jar_id}`
    },
  })
  const jars = await openServiceTest(t, { ...service, reactions: [onSweetsMade] }, { upkeep })
  jars.peer(inspectLabel, () => ({ is_allowed: true }))
  return { jars, broken }
}

async function list(jars: ServiceTest): Promise<readonly DeadLetter[]> {
  return (await jars.call(upkeep.listDeadLetters, {}, admin)).reply.items
}

function replay(jars: ServiceTest, dead_letter_id: string) {
  return jars.call(upkeep.replayDeadLetter, { params: { dead_letter_id } }, admin)
}

describe('the upkeep of a service', () => {
  test('lists what is parked, oldest first and masked, and how many acts are not audited', async (t) => {
    const { jars, broken } = await openBroken(t)
    broken.by = new TypeError('cannot write to ann@example.org')
    const { jar_id } = await putUpJar(jars)
    for (const sweets of [1, 2]) jars.receive(sweetsMade, { jar_id, sweets })
    const items = await eventually(async () => {
      const letters = await list(jars)
      return letters.length === 2 && letters
    })
    const [first, second] = items as [DeadLetter, DeadLetter]
    assert.deepEqual([first.producer, first.type, first.partitionkey], ['kitchen-service', sweetsMade.type, jar_id])
    assert.equal(first.error, 'cannot write to [redacted]')
    assert.equal(second.next_attempt_at, null)
    const { reply } = await jars.call(upkeep.listDeadLetters, {}, admin)
    assert.equal(reply.unaudited, 1)
  })

  test('runs a parked event and those before it of its key again, and says that it is resolved, also the second time', async (t) => {
    const { jars, broken } = await openBroken(t)
    broken.by = new TypeError('broken')
    const { jar_id } = await putUpJar(jars)
    for (const sweets of [1, 2]) jars.receive(sweetsMade, { jar_id, sweets })
    await eventually(async () => (await list(jars)).length === 2)
    const { dead_letter_id } = (await list(jars))[1] as DeadLetter
    const failed = await replay(jars, dead_letter_id)
    assert.deepEqual(failed.reply, { dead_letter_id, is_resolved: false, error: 'TypeError' })
    broken.by = Object.assign(new Error('value "ann@example.org" is too long'), { code: '22001' })
    assert.equal((await replay(jars, dead_letter_id)).reply.error, 'Error 22001')
    delete broken.by
    for (const _time of [1, 2])
      assert.deepEqual((await replay(jars, dead_letter_id)).reply, { dead_letter_id, is_resolved: true, error: null })
    assert.equal(await sweetsIn(jars, jar_id), 103)
    assert.deepEqual(await list(jars), [])
  })

  test('does not know a letter that never was', async (t) => {
    const { jars } = await openBroken(t)
    await assert.rejects(replay(jars, newId()), (error) => error instanceof Problem && error.kind.status === 404)
  })

  test('is for admin-service alone', async (t) => {
    const { jars } = await openBroken(t)
    const asked: [Operation, object][] = [
      [upkeep.listDeadLetters, {}],
      [upkeep.replayDeadLetter, { params: { dead_letter_id: newId() } }],
    ]
    for (const [wish, input] of asked)
      for (const caller of [aService('kitchen-service'), aStaffMember('admin')])
        await assert.rejects(
          jars.call(wish, input, caller),
          (error) => error instanceof Problem && error.kind.code === 'FORBIDDEN',
        )
  })
})
