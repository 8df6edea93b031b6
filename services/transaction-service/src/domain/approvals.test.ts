import assert from 'node:assert/strict'
import { test } from 'node:test'
import { APPROVAL_ABOVE } from '#contracts/settings.ts'
import { APPROVAL_RULE, needsApproval } from './approvals.ts'

test('the amount of the setting is the same money in every currency, whatever its minor unit; zero switches it off', () => {
  const above = (amount_cents: bigint, currency: string, hundredths = 50_000n) =>
    needsApproval({ amount_cents, currency }, hundredths)
  assert.deepEqual([above(50_000n, 'EUR'), above(50_001n, 'EUR')], [false, true])
  assert.deepEqual([above(500n, 'JPY'), above(501n, 'JPY')], [false, true])
  assert.deepEqual([above(500_000n, 'KWD'), above(500_001n, 'KWD')], [false, true])
  assert.equal(above(9_007_199_254_740_991n, 'EUR', 0n), false)
})

test('the rule that waiting transfers name is the setting', () => {
  assert.equal(APPROVAL_RULE, APPROVAL_ABOVE.setting_key)
})
