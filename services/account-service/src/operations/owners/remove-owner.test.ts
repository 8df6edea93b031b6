import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { addOwner, getAccount, removeOwner } from '#contracts/api/account.ts'
import { accountOwnerRemoved } from '#contracts/events/account.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openAccount, openAccountBank, refusalOf } from '../../../testing/bank.ts'

const teller = aStaffMember('teller')

describe('removeOwner', () => {
  test('takes a delegate off the account, who finds it no more, and says so in one event', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id } = await openAccount(bank)
    const delegate = aCustomer()
    const customer_id = delegate.customer_id as string
    await bank.call(addOwner, { params: { account_id }, body: { customer_id, relation: 'DELEGATE' } }, teller)
    const { status } = await bank.call(removeOwner, { params: { account_id, customer_id } }, teller)
    assert.equal(status, 204)
    assert.equal(await refusalOf(bank.call(getAccount, { params: { account_id } }, delegate)), 'NOT_FOUND')
    assert.deepEqual(await bank.published(accountOwnerRemoved), [{ account_id, customer_id }])
  })

  test('leaves the first owner, and knows who is not on the account', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id, owner } = await openAccount(bank)
    const remove = (params: { account_id: string; customer_id: string }) =>
      refusalOf(bank.call(removeOwner, { params }, teller))
    assert.equal(await remove({ account_id, customer_id: owner.customer_id as string }), 'FIRST_OWNER_STAYS')
    assert.equal(await remove({ account_id, customer_id: newId() }), 'OWNER_NOT_FOUND')
    assert.equal(await remove({ account_id: newId(), customer_id: newId() }), 'ACCOUNT_NOT_FOUND')
    assert.equal((await bank.published(accountOwnerRemoved)).length, 0)
  })
  test('is refused to staff who are on the account themselves, also as a delegate', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id, owner } = await openAccount(bank)
    const delegate = { customer_id: newId(), relation: 'DELEGATE' } as const
    await bank.call(addOwner, { params: { account_id }, body: delegate }, teller)
    for (const customer_id of [owner.customer_id, delegate.customer_id]) {
      const insider = { ...aStaffMember('teller'), customer_id }
      const params = { account_id, customer_id: delegate.customer_id }
      assert.equal(await refusalOf(bank.call(removeOwner, { params }, insider)), 'OWN_ACCOUNT')
    }
    assert.equal((await bank.sql`select 1 from account_owners`).length, 2)
  })
})
