import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Problem } from '#libs/problem/problem.ts'
import type { AccountRow } from '../tables.ts'
import { decidePayout, MOST_ATTEMPTS, payoutObstacle, payoutStep } from './closing.ts'

const account = (row: Partial<AccountRow> = {}) =>
  ({ account_id: 'from', status: 'ACTIVE', currency: 'EUR', ...row }) as AccountRow

function refusal(from: AccountRow, to: AccountRow | undefined): string {
  try {
    decidePayout(from, to)
    return 'none'
  } catch (error) {
    assert.ok(error instanceof Problem)
    return error.kind.code
  }
}

describe('paying out and closing', () => {
  test('goes from an account in use to another of the same currency that can receive', () => {
    const to = account({ account_id: 'to' })
    const cases: [AccountRow, AccountRow | undefined, string][] = [
      [account(), to, 'none'],
      [account(), { ...to, status: 'FROZEN' }, 'none'],
      [account({ status: 'CLOSED' }), to, 'ACCOUNT_CLOSED'],
      [account({ status: 'FROZEN' }), to, 'ACCOUNT_FROZEN'],
      [account({ status: 'PENDING' }), to, 'ACCOUNT_PENDING'],
      [account(), account(), 'SAME_ACCOUNT'],
      [account(), undefined, 'PAYOUT_ACCOUNT_NOT_FOUND'],
      [account(), { ...to, status: 'CLOSED' }, 'PAYOUT_ACCOUNT_NOT_FOUND'],
      [account(), { ...to, status: 'PENDING' }, 'PAYOUT_ACCOUNT_NOT_FOUND'],
      [account(), { ...to, currency: 'USD' }, 'CURRENCY_MISMATCH'],
    ]
    for (const [from, destination, code] of cases) assert.equal(refusal(from, destination), code)
  })

  test('fails while something is reserved or owed', () => {
    assert.equal(payoutObstacle({ ledger_balance_cents: 5n, held_cents: 1n }), 'HOLDS_STANDING')
    assert.equal(payoutObstacle({ ledger_balance_cents: -5n, held_cents: 0n }), 'BALANCE_NEGATIVE')
    assert.equal(payoutObstacle({ ledger_balance_cents: 0n, held_cents: 0n }), undefined)
  })

  test('names every attempt as the ledger reads steps', () => {
    assert.deepEqual([payoutStep(1), payoutStep(MOST_ATTEMPTS)], ['payout_a', 'payout_z'])
  })
})
