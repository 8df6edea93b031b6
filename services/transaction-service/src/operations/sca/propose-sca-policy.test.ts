import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/transaction.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { aKey } from '#libs/testing/service-test.ts'
import { openBank } from '../../../testing/open-bank.ts'
import { refusedWith } from '../../../testing/refused-with.ts'
import { openStrict, PROPOSAL, proposed, REQUIRED } from '../../../testing/sca.ts'

describe('the policy', () => {
  test('is compliance’s to propose: neither customers nor other staff', async (t) => {
    const bank = await openBank(t)
    for (const caller of [aCustomer(), aStaffMember('operator', 'admin')])
      await assert.rejects(proposed(bank, {}, caller), refusedWith('FORBIDDEN'))
    await assert.rejects(bank.call(api.listScaPolicies, {}, aCustomer()), refusedWith('FORBIDDEN'))
  })
})

describe('proposeScaPolicy', () => {
  test('keeps what was proposed, by whom and why; nothing is paid by it', async (t) => {
    const { bank, pay, confirm } = await openStrict(t)
    await confirm(5_000n)
    const maker = aStaffMember('compliance')
    const reply = await proposed(bank, { low_value_hundredths: 9_000, recurring_days: null }, maker)
    assert.deepEqual(reply, {
      ...{ ...PROPOSAL, low_value_hundredths: 9_000, recurring_days: null, policy_id: reply.policy_id },
      ...{ version: null, based_on: 0, status: 'PROPOSED', is_in_force: false },
      ...{ proposed_by: maker.sub, proposed_at: reply.proposed_at },
      ...{ decided_by: null, decided_at: null, decision_reason: null },
    })
    const [row] = await bank.sql`select policy_id, low_value_hundredths, version, proposed_by from sca_policies`
    const written = { policy_id: reply.policy_id, low_value_hundredths: 9_000, version: null, proposed_by: maker.sub }
    assert.deepEqual({ ...row }, written)
    await assert.rejects(pay(9_000n), REQUIRED)
    const acts = await bank.owner`
      select 1 from audit_outbox where operation = 'proposeScaPolicy' and outcome = 'done' and change_encrypted is not null`
    assert.equal(acts.count, 1)
  })

  test('the same key proposes once, and nothing else', async (t) => {
    const bank = await openBank(t)
    const [maker, key] = [aStaffMember('compliance'), aKey()]
    const propose = (reason: string) =>
      bank.call(api.proposeScaPolicy, { body: { ...PROPOSAL, reason } }, maker, { key })
    const first = await propose('as decided')
    const again = await propose('as decided')
    assert.equal(again.headers['idempotency-replayed'], 'true')
    assert.equal(again.reply.policy_id, first.reply.policy_id)
    await assert.rejects(propose('another thought'), refusedWith('IDEMPOTENCY_KEY_REUSED'))
    assert.equal((await bank.sql`select 1 from sca_policies`).count, 1)
  })
})
