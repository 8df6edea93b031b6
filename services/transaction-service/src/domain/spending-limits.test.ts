import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AccountFacts } from './accounts.ts'
import { decideSpending, limitsOf, type SpendingLimit } from './spending-limits.ts'

const account: AccountFacts = {
  ...{ account_id: 'a', account_number: 'FB-1', currency: 'EUR', status: 'ACTIVE', branch_id: 'main' },
  owners: [{ customer_id: 'ann' }, { customer_id: 'dan', limits: { max_amount_cents: 10n, max_day_cents: 25n } }],
}
const by = (customer_id: string, details?: object[]) => ({
  ...{ customer_id, session_id: 's' },
  grant: details === undefined ? null : { kind: 'api_key', details: details as { type: string }[] },
})
const limit: SpendingLimit = { holder: 'h', max_amount_cents: 10n, max_day_cents: 25n }
const pay = (amount_cents: bigint, currency = 'EUR') => ({ amount_cents, currency })

describe('spending limits', () => {
  test('owners have none, delegates those of the account, keys their own, and a delegate’s key both', () => {
    assert.deepEqual(limitsOf(by('ann'), account), [])
    const ofDan = { ...limit, holder: 'delegate/a/dan' }
    assert.deepEqual(limitsOf(by('dan'), account), [ofDan])
    const key = { type: 'api_key_limits', max_amount_cents: 5, max_day_cents: 9 }
    const ofKey = { holder: 'key/s', max_amount_cents: 5n, max_day_cents: 9n }
    assert.deepEqual(limitsOf(by('dan', [{ type: 'other' }, key]), account), [ofKey, ofDan])
  })

  test('a key whose limits cannot be read pays nothing', () => {
    for (const details of [
      [],
      [{ type: 'api_key_limits' }],
      [{ type: 'api_key_limits', max_amount_cents: '5', max_day_cents: 0.5 }],
    ])
      for (const one of limitsOf(by('ann', details), account)) assert.ok(decideSpending(pay(1n), [one], new Map()))
  })

  test('one payment up to its limit, a day up to its own, each currency for itself', () => {
    const spent = new Map<string, bigint>()
    assert.ok(decideSpending(pay(11n), [limit], spent))
    assert.equal(decideSpending(pay(10n), [limit], spent), undefined)
    assert.equal(decideSpending(pay(10n), [limit], spent), undefined)
    assert.equal(decideSpending(pay(6n), [limit], spent)?.options.errors?.[0]?.detail, 'is at most 5 today')
    assert.equal(decideSpending(pay(10n, 'USD'), [limit], spent), undefined)
    assert.equal(decideSpending(pay(5n), [limit], spent), undefined)
    assert.ok(decideSpending(pay(1n), [limit], spent))
  })

  test('what one limit refuses is counted by none', () => {
    const spent = new Map<string, bigint>()
    assert.ok(decideSpending(pay(8n), [limit, { holder: 'narrow', max_amount_cents: 5n, max_day_cents: 5n }], spent))
    assert.equal(spent.size, 0)
  })
})
