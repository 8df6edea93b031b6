import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { MAX_MINOR } from '#libs/money/money.ts'
import { availableOf, overdraftOf } from './balance.ts'

describe('available balance', () => {
  test('is the ledger balance less holds plus the overdraft limit', () => {
    assert.equal(
      availableOf({ ledger_balance_cents: 100_000n, held_cents: 25_000n, overdraft_limit_cents: 5_000n }),
      80_000n,
    )
    assert.equal(availableOf({ ledger_balance_cents: -400n, held_cents: 100n, overdraft_limit_cents: 400n }), -100n)
  })

  test('of an account without a floor stays within what a JSON reader holds', () => {
    assert.equal(availableOf({ ledger_balance_cents: 7n, held_cents: 0n, overdraft_limit_cents: null }), MAX_MINOR)
    assert.equal(overdraftOf({ overdraft_limit_cents: null }), MAX_MINOR)
  })
})
