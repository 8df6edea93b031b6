import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { getAuditedAct as contract } from '#contracts/api/audit.ts'
import { sealer } from '#libs/crypto/envelope.ts'
import type { KeyProvider } from '#libs/crypto/key-provider.ts'
import { AUDIT_PURPOSE, type Change, sealChange } from '#libs/http/audit.ts'
import { newId } from '#libs/ids/ids.ts'
import { Problem } from '#libs/problem/problem.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openServiceTest, type ServiceTest } from '#libs/testing/service-test.ts'
import { type Act, anAct, auditor, deliver, openTrail } from '../../testing/trail.ts'
import { service } from '../service.ts'

/** audit-service, and a way to seal what another service of the same bank would. */
async function openSealed(t: TestContext) {
  const { promise: keys, resolve } = Promise.withResolvers<KeyProvider>()
  const bank = await openServiceTest(t, {
    ...service,
    open: (opening) => {
      resolve(opening.keys)
      return service.open(opening)
    },
  })
  const changes = sealer(await keys, AUDIT_PURPOSE)
  return { bank, seal: (change: Change) => sealChange(changes, change) }
}

function look(bank: ServiceTest, { audit_id }: Pick<Act, 'audit_id'>, caller = auditor) {
  return bank.call(contract, { params: { audit_id } }, caller)
}

function refusedBy(code: string) {
  return (error: unknown) => error instanceof Problem && error.kind.code === code
}

describe('getAuditedAct', () => {
  test('opens what an act changed, as JSON texts with their numbers exact', async (t) => {
    const { bank, seal } = await openSealed(t)
    const before = { limit_cents: 100_000n, owner: { name: 'Ann' } }
    const after = { limit_cents: 9_007_199_254_740_993n, owner: null }
    const [changed, made, gone] = [
      anAct(seal({ before, after })),
      anAct(seal({ before: null, after })),
      anAct(seal({ before, after: null })),
    ]
    await deliver(bank, [changed, made, gone])
    const { reply } = await look(bank, changed)
    assert.deepEqual([reply.audit_id, reply.has_change, reply.sequence], [changed.audit_id, true, 1])
    assert.equal(reply.before, '{"limit_cents":100000,"owner":{"name":"Ann"}}')
    assert.equal(reply.after, '{"limit_cents":9007199254740993,"owner":null}')
    assert.deepEqual([(await look(bank, made)).reply.before, (await look(bank, gone)).reply.after], [null, null])
  })

  test('shows an act that changed nothing that is kept', async (t) => {
    const bank = await openTrail(t)
    const act = anAct()
    await deliver(bank, [act])
    const { reply } = await look(bank, act)
    assert.deepEqual([reply.has_change, reply.before, reply.after], [false, null, null])
    assert.equal(reply.received_at?.slice(0, 10), bank.clock.wall.now().toISOString().slice(0, 10))
  })

  test('says that a change does not open which was moved to another act or altered', async (t) => {
    const { bank, seal } = await openSealed(t)
    const sealed = seal({ before: 1, after: 2 })
    const elsewhere = anAct({ change_encrypted: sealed.change_encrypted })
    const altered = anAct({ ...sealed, change_encrypted: `${sealed.change_encrypted.slice(0, -1)}!` })
    await deliver(bank, [elsewhere, altered])
    for (const act of [elsewhere, altered]) await assert.rejects(look(bank, act), refusedBy('CHANGE_UNREADABLE'))
  })

  test('is for auditors and compliance alone, tells a stranger nothing, and leaves a line with the act that was looked at', async (t) => {
    const bank = await openTrail(t)
    const act = anAct()
    await deliver(bank, [act])
    await look(bank, act)
    await look(bank, act, aStaffMember('compliance'))
    for (const caller of [aStaffMember('admin'), aStaffMember('support'), aCustomer({ sub: act.user_id as string })])
      await assert.rejects(look(bank, act, caller), refusedBy('FORBIDDEN'))
    const unknown = newId()
    await assert.rejects(look(bank, { audit_id: unknown }), refusedBy('ACT_NOT_FOUND'))
    const rows = await bank.sql`select entity_id, outcome from audit_outbox order by audit_id`
    const line = (outcome: string) => ({ entity_id: act.audit_id, outcome })
    const denied = line('DENIED_403')
    const missed = { entity_id: unknown, outcome: 'ACT_NOT_FOUND' }
    assert.deepEqual(
      rows.map((row) => ({ ...row })),
      [line('read'), line('read'), denied, denied, denied, missed],
    )
  })
})
