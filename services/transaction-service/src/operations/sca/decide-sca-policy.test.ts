import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/transaction.ts'
import { newId } from '#libs/ids/ids.ts'
import type { Problem } from '#libs/problem/problem.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openBank } from '../../../testing/open-bank.ts'
import { refusedWith } from '../../../testing/refused-with.ts'
import { decide, inForce, openStrict, proposed, REQUIRED } from '../../../testing/sca.ts'

describe('the policy', () => {
  test('counts from the moment that a second person of compliance decides, and its versions are kept', async (t) => {
    const { bank, pay, confirm } = await openStrict(t)
    await confirm(9_000n)
    const [one, two] = [aStaffMember('compliance'), aStaffMember('compliance')]
    const { policy_id, status } = await proposed(bank, { low_value_hundredths: 4_000 }, one)
    assert.equal(status, 'PROPOSED')
    await assert.rejects(pay(4_000n), REQUIRED)
    await assert.rejects(decide(bank, policy_id, one), refusedWith('OWN_POLICY'))
    const { reply } = await decide(bank, policy_id, two)
    assert.deepEqual([reply.version, reply.is_in_force, reply.decided_by], [1, true, two.sub])
    assert.equal(await pay(4_000n), 'LOW_VALUE')
    const [row] = await bank.sql`select sca_policy from transactions where sca = 'LOW_VALUE'`
    assert.equal(row?.sca_policy, 1)
    const { items } = (await bank.call(api.listScaPolicies, {}, aStaffMember('auditor'))).reply
    const told = items.map((item) => [item.version, item.is_in_force, item.low_value_hundredths])
    assert.deepEqual(told, [
      [1, true, 4_000],
      [0, false, 3_000],
    ])
    await assert.rejects(decide(bank, policy_id, two), refusedWith('POLICY_DECIDED'))
    await assert.rejects(decide(bank, newId(), two), refusedWith('POLICY_NOT_FOUND'))
  })

  test('a rejected one, and one that another overtook, never count', async (t) => {
    const bank = await openBank(t)
    const [one, two] = [aStaffMember('compliance'), aStaffMember('compliance')]
    const rejected = await proposed(bank, { low_value_hundredths: 1 }, one)
    assert.equal((await decide(bank, rejected.policy_id, two, 'REJECTED')).reply.version, null)
    const stale = await proposed(bank, { low_value_hundredths: 2 }, one)
    await inForce(bank, { low_value_hundredths: 3 })
    await assert.rejects(decide(bank, stale.policy_id, two), refusedWith('POLICY_CHANGED'))
    const { items } = (await bank.call(api.listScaPolicies, { query: { limit: 1 } }, two)).reply
    assert.deepEqual([items[0]?.version, items[0]?.low_value_hundredths, items[0]?.is_in_force], [1, 3, true])
  })
})

describe('decideScaPolicy', () => {
  const codesOf = (settled: PromiseSettledResult<unknown>[]) =>
    settled.flatMap((one) => (one.status === 'rejected' ? [(one.reason as Problem).kind.code] : []))

  test('of eight who decide about one policy at once, one does; of eight policies at once, one comes into force', async (t) => {
    const bank = await openBank(t)
    const maker = aStaffMember('compliance')
    const eight = Array.from({ length: 8 }, () => aStaffMember('compliance'))
    const { policy_id } = await proposed(bank, { low_value_count: 7 }, maker)
    const of_one = await Promise.allSettled(
      eight.map((by, i) => decide(bank, policy_id, by, i % 2 === 0 ? 'APPROVED' : 'REJECTED')),
    )
    assert.deepEqual(codesOf(of_one), Array(7).fill('POLICY_DECIDED'))
    const policies = await Promise.all(eight.map((_, i) => proposed(bank, { low_value_count: i }, maker)))
    const of_many = await Promise.allSettled(
      policies.map((policy, i) => decide(bank, policy.policy_id, eight[i] ?? maker)),
    )
    assert.deepEqual(codesOf(of_many), Array(7).fill('POLICY_CHANGED'))
    const rows = await bank.sql<{ version: number }[]>`
      select version from sca_policies where version is not null order by version`
    assert.deepEqual(
      rows.map(({ version }) => version),
      rows.map((_, i) => i + 1),
      'no version twice, and none left out',
    )
  })

  test('is compliance’s alone, confirmed with a strong factor in production, and in the trail', async (t) => {
    const bank = await openBank(t, {}, 'production')
    const { policy_id } = await proposed(bank, { low_value_count: 7 }, aStaffMember('compliance'))
    for (const stranger of [aCustomer(), aStaffMember('operator', 'admin', 'auditor')])
      await assert.rejects(decide(bank, policy_id, stranger), refusedWith('FORBIDDEN'))
    const checker = aStaffMember('compliance')
    const input = {
      params: { policy_id: policy_id as string },
      body: { decision: 'APPROVED' as const, reason: 'seen' },
    }
    await assert.rejects(bank.call(api.decideScaPolicy, input, checker), REQUIRED)
    const [before] = await bank.sql`select status, version, decided_by from sca_policies`
    assert.deepEqual({ ...before }, { status: 'PROPOSED', version: null, decided_by: null })
    await decide(bank, policy_id, checker)
    const [after] = await bank.sql`select status, version, decided_by, decision_reason from sca_policies`
    const decided = { status: 'APPROVED', version: 1, decided_by: checker.sub, decision_reason: 'seen' }
    assert.deepEqual({ ...after }, decided)
    const acts = await bank.owner`
      select 1 from audit_outbox where operation = 'decideScaPolicy' and outcome = 'done' and change_encrypted is not null`
    assert.equal(acts.count, 1)
  })
})
