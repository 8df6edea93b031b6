import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { addOwner, getAccount } from '#contracts/api/account.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openAccount, openAccountBank, refusalOf } from '../../../testing/bank.ts'

describe('getAccount', () => {
  test('shows an account to its owner, to a delegate who may view, and to staff, as it was opened', async (t) => {
    const bank = await openAccountBank(t)
    const { owner, ...account } = await openAccount(bank)
    const params = { account_id: account.account_id }
    const delegate = aCustomer()
    const body = { customer_id: delegate.customer_id as string, relation: 'DELEGATE' as const }
    await bank.call(addOwner, { params, body }, aStaffMember('teller'))
    for (const caller of [owner, delegate, aStaffMember('auditor')])
      assert.deepEqual((await bank.call(getAccount, { params }, caller)).reply, account)
  })

  test("hides somebody else's account as if it did not exist, and tells staff that none is there", async (t) => {
    const bank = await openAccountBank(t)
    const { account_id } = await openAccount(bank)
    const unknown = { params: { account_id: newId() } }
    assert.equal(await refusalOf(bank.call(getAccount, { params: { account_id } }, aCustomer())), 'NOT_FOUND')
    assert.equal(await refusalOf(bank.call(getAccount, unknown, aCustomer())), 'NOT_FOUND')
    assert.equal(await refusalOf(bank.call(getAccount, unknown, aStaffMember('support'))), 'ACCOUNT_NOT_FOUND')
  })

  test('a delegate who may only debit does not see the account', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id } = await openAccount(bank)
    const delegate = aCustomer()
    const body = { customer_id: delegate.customer_id as string, relation: 'DELEGATE', capabilities: ['debit'] } as const
    await bank.call(
      addOwner,
      { params: { account_id }, body: { ...body, capabilities: ['debit'] } },
      aStaffMember('teller'),
    )
    assert.equal(await refusalOf(bank.call(getAccount, { params: { account_id } }, delegate)), 'NOT_FOUND')
  })
})
