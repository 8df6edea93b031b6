import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getClosing, payOutAndClose } from '#contracts/api/account.ts'
import type { Caller } from '#libs/contract/client.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openAccount, openAccountBank, refusalOf } from '../../../testing/bank.ts'

describe('getClosing', () => {
  test('is not there for strangers', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id: from, owner } = await openAccount(bank)
    const { account_id: to } = await openAccount(bank, owner)
    await bank.call(payOutAndClose, { params: { account_id: from }, body: { payout_account_id: to } }, owner)
    const ask = (caller: Caller, account_id = from) =>
      refusalOf(bank.call(getClosing, { params: { account_id } }, caller))
    assert.equal(await ask(aCustomer()), 'NOT_FOUND')
    assert.equal(await ask(aStaffMember('auditor'), newId()), 'ACCOUNT_NOT_FOUND')
  })
})
