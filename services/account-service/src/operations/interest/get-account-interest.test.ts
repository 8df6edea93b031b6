import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getAccountInterest } from '#contracts/api/account.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openAccount, openAccountBank, refusalOf } from '../../../testing/bank.ts'

describe('getAccountInterest', () => {
  test('is nothing for an account without interest; strangers find no account', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id, owner } = await openAccount(bank)
    const ask = (id: string, caller = owner) => bank.call(getAccountInterest, { params: { account_id: id } }, caller)
    const { reply } = await ask(account_id)
    assert.deepEqual(reply, {
      account_id,
      currency: 'EUR',
      rate_ppm: 0,
      accrued_cents: 0n,
      accrued_from: null,
      accrued_to: null,
      paid: [],
    })
    assert.equal(await refusalOf(ask(account_id, aCustomer())), 'NOT_FOUND')
    assert.equal(await refusalOf(ask(newId(), aStaffMember('auditor'))), 'ACCOUNT_NOT_FOUND')
  })
})
