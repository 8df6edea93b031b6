import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { replayAdminDeadLetter } from '#contracts/api/admin.ts'
import { upkeepOf } from '#contracts/api/upkeep.ts'
import type { Caller } from '#libs/contract/client.ts'
import { newId } from '#libs/ids/ids.ts'
import { Fault, Problem, platformProblems } from '#libs/problem/problem.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openAdmin, refusedWith } from '../../testing/open-admin.ts'

const { replayDeadLetter } = upkeepOf('ledger-service')

describe('replayAdminDeadLetter', () => {
  test('has the service run it again in the name of who asked, says what came of it, and leaves a line in the trail', async (t) => {
    const bank = await openAdmin(t)
    const callers: Caller[] = []
    const answers = [
      { is_resolved: false, error: 'RangeError' },
      { is_resolved: true, error: null },
    ] as const
    bank.peer(replayDeadLetter, ({ params }, { caller }) => {
      callers.push(caller)
      return { ...params, ...(answers[callers.length - 1] ?? answers[1]) }
    })
    const params = { dead_letter_id: newId() }
    const input = { params, body: { service: 'ledger-service' } }
    const failed = await bank.call(replayAdminDeadLetter, input, bank.operator)
    assert.deepEqual(failed.reply, { ...params, is_resolved: false, error: 'RangeError' })
    const resolved = await bank.call(replayAdminDeadLetter, input, bank.operator)
    assert.deepEqual(resolved.reply, { ...params, is_resolved: true, error: null })
    assert.deepEqual(
      callers.map(({ service, sub }) => [service, sub]),
      [0, 1].map(() => ['admin-service', bank.operator.sub]),
    )
    const acts =
      await bank.sql`select entity_id, outcome, user_id from audit_outbox where operation = 'replayAdminDeadLetter'`
    assert.deepEqual(
      [...acts],
      [0, 1].map(() => ({ entity_id: params.dead_letter_id, outcome: 'done', user_id: bank.operator.sub })),
    )
  })

  test('refuses unknown services and letters, and who may not; a service that is away is a fault', async (t) => {
    const bank = await openAdmin(t)
    bank.peer(replayDeadLetter, () => {
      throw new Problem(platformProblems.NOT_FOUND)
    })
    bank.peer(upkeepOf('fraud-service').replayDeadLetter, () => {
      throw new Fault('it is away')
    })
    const replay = (service: string, caller: Caller = bank.operator) =>
      bank.call(replayAdminDeadLetter, { params: { dead_letter_id: newId() }, body: { service } }, caller)
    await assert.rejects(replay('no-service'), refusedWith('SERVICE_NOT_FOUND'))
    await assert.rejects(replay('ledger-service'), refusedWith('DEAD_LETTER_NOT_FOUND'))
    await assert.rejects(replay('fraud-service'), Fault)
    for (const caller of [aCustomer(), aStaffMember('auditor')])
      await assert.rejects(replay('ledger-service', caller), refusedWith('FORBIDDEN'))
  })
})
