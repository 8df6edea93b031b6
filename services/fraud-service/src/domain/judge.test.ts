import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { RuleRow } from '../tables.ts'
import { type History, judgeInOrder, payeeKey, type Transfer, velocityKey, windowsOf } from './judge.ts'

const base = { decision: 'REVIEW', score: 400, is_active: true, description: 'a rule' } as const
const rules: RuleRow[] = [
  { ...base, rule_id: 'count', measure: 'VELOCITY_COUNT', window_s: 60, threshold: 2n },
  { ...base, rule_id: 'sum', measure: 'VELOCITY_AMOUNT', window_s: 3_600, threshold: 1_000n },
  { ...base, rule_id: 'payee', measure: 'NEW_PAYEE_AMOUNT', window_s: 0, threshold: 300n },
]
const nothing = (): History => ({ velocities: new Map(), payees: new Set() })
let serial = 0
const transfer = (amount_cents: bigint, account_id = 'a', related_account_id: string | null = 'p'): Transfer => ({
  transaction_id: `t${++serial}`,
  account_id,
  related_account_id,
  amount_cents,
  currency: 'EUR',
})

describe('judging a batch', () => {
  test('counts earlier members of the batch, whatever their verdict, for later ones of the same account only', () => {
    const verdicts = judgeInOrder([transfer(1n), transfer(1n), transfer(1n), transfer(1n, 'b')], rules, nothing())
    assert.deepEqual(
      verdicts.map(({ reason_codes }) => reason_codes),
      [[], [], ['count'], []],
    )
    const sums = judgeInOrder(
      [transfer(900n, 'a', null), transfer(200n, 'a', null), transfer(1n, 'a', null)],
      rules,
      nothing(),
    )
    assert.deepEqual(
      sums.map(({ reason_codes }) => reason_codes),
      [[], ['sum'], ['count', 'sum']],
    )
  })

  test('counts what the history knows', () => {
    const history = nothing()
    history.velocities.set(velocityKey('a', 60), { count: 2n, amount_cents: 2n })
    assert.deepEqual(judgeInOrder([transfer(1n)], rules, history)[0]?.reason_codes, ['count'])
  })

  test('a payee is known once a transfer to him was allowed, not when one was held back', () => {
    const held = judgeInOrder([transfer(301n), transfer(301n)], rules, nothing())
    assert.deepEqual(
      held.map(({ reason_codes }) => reason_codes),
      [['payee'], ['payee']],
    )
    const allowed = judgeInOrder([transfer(300n), transfer(301n)], rules, nothing())
    assert.deepEqual(
      allowed.map(({ decision }) => decision),
      ['ALLOW', 'ALLOW'],
    )
    const history = nothing()
    history.payees.add(payeeKey({ account_id: 'a', related_account_id: 'p' }))
    assert.equal(judgeInOrder([transfer(301n)], rules, history)[0]?.decision, 'ALLOW')
  })

  test('a transfer to nobody in the bank has no new payee', () => {
    assert.equal(judgeInOrder([transfer(999n, 'a', null)], rules, nothing())[0]?.decision, 'ALLOW')
  })

  test('judges the same however the transfers are cut into batches', () => {
    const some = fc.array(
      fc.record({
        transaction_id: fc.uuid(),
        account_id: fc.constantFrom('a', 'b'),
        related_account_id: fc.constantFrom('p', 'q', null),
        amount_cents: fc.bigInt({ min: 1n, max: 600n }),
        currency: fc.constant('EUR'),
      }),
      { maxLength: 20 },
    )
    fc.assert(
      fc.property(some, fc.nat(20), (transfers, cut) => {
        const history = nothing()
        const first = judgeInOrder(transfers.slice(0, cut), rules, history)
        const rest = judgeInOrder(transfers.slice(cut), rules, history)
        assert.deepEqual([...first, ...rest], judgeInOrder(transfers, rules, nothing()))
      }),
    )
  })

  test('measures over the windows of active velocity rules, each once', () => {
    const off: RuleRow = {
      ...base,
      rule_id: 'off',
      measure: 'VELOCITY_COUNT',
      window_s: 5,
      threshold: 1n,
      is_active: false,
    }
    assert.deepEqual(windowsOf([...rules, ...rules, off]), [60, 3_600])
  })
})
