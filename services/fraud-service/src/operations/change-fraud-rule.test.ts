import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { changeFraudRule, listFraudRules } from '#contracts/api/fraud.ts'
import type { Caller } from '#libs/contract/client.ts'
import { Problem } from '#libs/problem/problem.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openServiceTest } from '#libs/testing/service-test.ts'
import { service } from '../service.ts'

const officer = aStaffMember('compliance')
const body = {
  measure: 'VELOCITY_AMOUNT',
  window_s: 3_600,
  threshold: 9_007_199_254_740_991,
  decision: 'STEP_UP',
  score: 250,
  is_active: true,
  description: 'A lot within an hour',
} as const

describe('changeFraudRule', () => {
  test('makes a rule and changes it, and remembers who did', async (t) => {
    const bank = await openServiceTest(t, service)
    const params = { rule_id: 'hourly-amount' }
    const made = await bank.call(changeFraudRule, { params, body }, officer)
    assert.deepEqual(made.reply, { ...params, ...body })
    const changed = { ...body, threshold: 5, is_active: false }
    await bank.call(changeFraudRule, { params, body: changed }, officer)
    const { items } = (await bank.call(listFraudRules, {}, officer)).reply
    assert.deepEqual(
      items.find(({ rule_id }) => rule_id === params.rule_id),
      { ...params, ...changed },
    )
    const [row] = await bank.sql`select updated_by from fraud_rules where rule_id = ${params.rule_id}`
    assert.equal(row?.updated_by, officer.sub)
  })

  test('refuses a velocity without a window, a window without velocity, and callers who may not, and changes nothing', async (t) => {
    const bank = await openServiceTest(t, service)
    const refused = (
      rule: Partial<typeof body> | { measure: 'AMOUNT' } | { window_s: 0 },
      caller: Caller = officer,
    ) => {
      const input = { params: { rule_id: 'velocity-amount' }, body: { ...body, ...rule } }
      return bank.call(changeFraudRule, input, caller).then(
        () => 'no refusal',
        (error: unknown) => (error instanceof Problem ? error.kind.code : String(error)),
      )
    }
    assert.equal(await refused({ window_s: 0 }), 'RULE_WINDOW_REQUIRED')
    assert.equal(await refused({ measure: 'AMOUNT' }), 'VALIDATION_FAILED')
    assert.equal(await refused({}, aStaffMember('admin')), 'FORBIDDEN')
    assert.equal(await refused({}, aCustomer()), 'FORBIDDEN')
    const [row] = await bank.sql`select threshold, updated_by from fraud_rules where rule_id = 'velocity-amount'`
    assert.deepEqual(row, { threshold: 2_000_000n, updated_by: 'migration' })
  })
})
