import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listFraudRules } from '#contracts/api/fraud.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openServiceTest } from '#libs/testing/service-test.ts'
import { setRule } from '../../testing/checks.ts'
import { service } from '../service.ts'

describe('listFraudRules', () => {
  test('shows compliance the seeded rules in order, those switched off included', async (t) => {
    const bank = await openServiceTest(t, service)
    await setRule(bank, 'amount-block', { is_active: false })
    const { items } = (await bank.call(listFraudRules, {}, aStaffMember('compliance'))).reply
    assert.deepEqual(
      items.map(({ rule_id, threshold, is_active }) => [rule_id, threshold, is_active]),
      [
        ['amount-block', 1_000, false],
        ['amount-review', 1_000_000, true],
        ['new-payee-amount', 500_000, true],
        ['velocity-amount', 2_000_000, true],
        ['velocity-count', 100, true],
      ],
    )
  })

  test('is not for customers: who knows the thresholds stays below them', async (t) => {
    const bank = await openServiceTest(t, service)
    await assert.rejects(bank.call(listFraudRules, {}, aCustomer()), { name: 'Problem' })
  })

  test('the setting gives velocity-count its first threshold, and yields to a person', async (t) => {
    const bank = await openServiceTest(t, service, { env: { BANKFLOW_FRAUD_VELOCITY_COUNT: '5000' } })
    const threshold = async () => {
      const { items } = (await bank.call(listFraudRules, {}, aStaffMember('auditor'))).reply
      return items.find(({ rule_id }) => rule_id === 'velocity-count')?.threshold
    }
    assert.equal(await threshold(), 5_000)
    await setRule(bank, 'velocity-count', { measure: 'VELOCITY_COUNT', window_s: 3_600, threshold: 7 })
    await service.open({
      database: bank.runtime.database,
      clock: bank.clock,
      settings: { velocity_count: 5_000 },
    } as never)
    assert.equal(await threshold(), 7)
  })
})
