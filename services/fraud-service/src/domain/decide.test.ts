import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Decision, Measure, RuleRow } from '../tables.ts'
import { decide, type Measurements } from './decide.ts'

const rule = (row: Partial<RuleRow>): RuleRow => ({
  rule_id: 'amount-review',
  measure: 'AMOUNT',
  window_s: 0,
  threshold: 1_000n,
  decision: 'REVIEW',
  score: 400,
  is_active: true,
  description: 'a rule',
  ...row,
})
const transfer = (facts: Partial<Measurements>): Measurements => ({
  amount_cents: 500n,
  currency: 'EUR',
  is_new_payee: false,
  velocity: () => ({ count: 1n, amount_cents: 500n }),
  ...facts,
})

const anyRule: fc.Arbitrary<RuleRow> = fc.record({
  rule_id: fc.stringMatching(/^[a-z]{3,10}$/),
  measure: fc.constantFrom<Measure>('AMOUNT', 'VELOCITY_COUNT', 'VELOCITY_AMOUNT', 'NEW_PAYEE_AMOUNT'),
  window_s: fc.constant(60),
  threshold: fc.bigInt({ min: 0n, max: 2_000n }),
  decision: fc.constantFrom<Decision>('ALLOW', 'STEP_UP', 'REVIEW', 'BLOCK'),
  score: fc.integer({ min: 0, max: 1000 }),
  is_active: fc.boolean(),
  description: fc.constant('a rule'),
})
const rulesOnce = fc.uniqueArray(anyRule, { selector: (one) => one.rule_id, maxLength: 8 })
const amounts = fc.bigInt({ min: 1n, max: 2_500n })

describe('decide', () => {
  test('allows with a score of 0 what no rule objects to', () => {
    assert.deepEqual(decide([], transfer({})), { decision: 'ALLOW', fraud_score: 0, reason_codes: [] })
    assert.equal(decide([rule({})], transfer({ amount_cents: 1_000n })).decision, 'ALLOW')
  })

  test('fires above the threshold, not at it', () => {
    assert.equal(decide([rule({})], transfer({ amount_cents: 1_001n })).decision, 'REVIEW')
  })

  test('takes the gravest decision, adds the scores up to 1000, and names the gravest rule first', () => {
    const rules = [
      rule({ rule_id: 'a-review', score: 700 }),
      rule({ rule_id: 'z-block', decision: 'BLOCK', score: 800 }),
      rule({ rule_id: 'b-step', decision: 'STEP_UP', score: 10 }),
    ]
    const reason_codes = ['z-block', 'a-review', 'b-step']
    assert.deepEqual(decide(rules, transfer({ amount_cents: 2_000n })), {
      decision: 'BLOCK',
      fraud_score: 1000,
      reason_codes,
    })
  })

  test('measures new payees by the amount, and known payees not at all', () => {
    const rules = [rule({ measure: 'NEW_PAYEE_AMOUNT', threshold: 0n })]
    assert.equal(decide(rules, transfer({ is_new_payee: true })).decision, 'REVIEW')
    assert.equal(decide(rules, transfer({ is_new_payee: false })).decision, 'ALLOW')
  })

  test('a threshold means the same number of units in every currency, whatever its minor unit', () => {
    const rules = (['AMOUNT', 'NEW_PAYEE_AMOUNT', 'VELOCITY_AMOUNT'] as const).map((measure) =>
      rule({ rule_id: measure, measure, threshold: 1_000_050n }),
    )
    const fired = (currency: string, amount_cents: bigint) =>
      decide(
        rules,
        transfer({ currency, amount_cents, is_new_payee: true, velocity: () => ({ count: 1n, amount_cents }) }),
      ).reason_codes.length
    // 10,000.50: the last amount that passes, in cents, yen and fils.
    for (const [currency, passes] of [
      ['EUR', 1_000_050n],
      ['JPY', 10_000n],
      ['KWD', 10_000_500n],
      ['BGN', 1_000_050n],
    ] as const) {
      assert.equal(fired(currency, passes), 0, currency)
      assert.equal(fired(currency, passes + 1n), 3, currency)
    }
  })

  test('counts transfers alike in every currency', () => {
    const rules = [rule({ measure: 'VELOCITY_COUNT', window_s: 60, threshold: 3n })]
    for (const currency of ['EUR', 'JPY', 'KWD']) {
      const after = (count: bigint) =>
        decide(rules, transfer({ currency, velocity: () => ({ count, amount_cents: 9_999_999n }) })).decision
      assert.deepEqual([after(3n), after(4n)], ['ALLOW', 'REVIEW'], currency)
    }
  })

  test('measures velocity over the window of the rule', () => {
    const velocity = (window_s: number) => ({
      count: window_s === 60 ? 3n : 9n,
      amount_cents: window_s === 60 ? 30n : 90n,
    })
    const count = rule({ rule_id: 'count', measure: 'VELOCITY_COUNT', window_s: 60, threshold: 3n })
    const amount = rule({ rule_id: 'amount', measure: 'VELOCITY_AMOUNT', window_s: 3_600, threshold: 89n })
    assert.deepEqual(decide([count, amount], transfer({ velocity })).reason_codes, ['amount'])
    assert.deepEqual(decide([{ ...count, window_s: 3_600 }], transfer({ velocity })).reason_codes, ['count'])
  })

  test('ignores rules that are switched off', () => {
    assert.equal(decide([rule({ is_active: false, threshold: 0n })], transfer({})).decision, 'ALLOW')
  })

  test('does not depend on the order of the rules, and a higher amount is never judged milder', () => {
    const facts = (amount_cents: bigint) =>
      transfer({ amount_cents, is_new_payee: true, velocity: () => ({ count: 2n, amount_cents }) })
    const gravity = ['ALLOW', 'STEP_UP', 'REVIEW', 'BLOCK']
    fc.assert(
      fc.property(rulesOnce, amounts, amounts, (rules, a, b) => {
        const verdict = decide(rules, facts(a))
        assert.deepEqual(decide(rules.toReversed(), facts(a)), verdict)
        assert.ok(verdict.fraud_score >= 0 && verdict.fraud_score <= 1000)
        const higher = decide(rules, facts(a + b))
        assert.ok(higher.fraud_score >= verdict.fraud_score)
        assert.ok(gravity.indexOf(higher.decision) >= gravity.indexOf(verdict.decision))
      }),
    )
  })
})
