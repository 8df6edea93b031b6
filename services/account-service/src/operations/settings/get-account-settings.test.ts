import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getAccountSettings } from '#contracts/api/account.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openAccount, openAccountBank, refusalOf } from '../../../testing/bank.ts'

describe('getAccountSettings', () => {
  test('shows the limits that the ledger enforces and what they have let out, to owner and staff alone', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id, owner } = await openAccount(bank, aCustomer(), { currency: 'JPY' })
    Object.assign(bank.ledger.of(account_id), { debited_today_cents: 300n, debited_month_cents: 900n })
    const expected = {
      account_id,
      daily_limit_cents: 10_000n,
      monthly_limit_cents: null,
      debited_today_cents: 300n,
      debited_month_cents: 900n,
      low_balance_alert_cents: null,
      statement_delivery: 'NONE',
      version: 1,
    }
    const params = { account_id }
    for (const caller of [owner, aStaffMember('support')])
      assert.deepEqual((await bank.call(getAccountSettings, { params }, caller)).reply, expected)
    assert.equal(await refusalOf(bank.call(getAccountSettings, { params }, aCustomer())), 'NOT_FOUND')
  })
})
