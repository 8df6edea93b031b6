import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { addOwner, listOwners } from '#contracts/api/account.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openAccount, openAccountBank, refusalOf } from '../../../testing/bank.ts'

describe('listOwners', () => {
  test('names the first owner first, then who was added, with what each may do', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id, owner } = await openAccount(bank)
    const [joint, delegate] = [newId(), newId()]
    const add = (body: { customer_id: string; relation: 'JOINT' | 'DELEGATE' }) =>
      bank.call(addOwner, { params: { account_id }, body }, aStaffMember('teller'))
    await add({ customer_id: delegate, relation: 'DELEGATE' })
    await add({ customer_id: joint, relation: 'JOINT' })
    const { items } = (await bank.call(listOwners, { params: { account_id } }, owner)).reply
    assert.deepEqual(
      items.map(({ customer_id, relation, capabilities }) => [customer_id, relation, capabilities]),
      [
        [owner.customer_id, 'OWNER', ['view', 'debit', 'manage']],
        [delegate, 'DELEGATE', ['view']],
        [joint, 'JOINT', ['view', 'debit', 'manage']],
      ],
    )
  })

  test('is hidden from strangers, and tells staff when there is no account', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id } = await openAccount(bank)
    assert.equal(await refusalOf(bank.call(listOwners, { params: { account_id } }, aCustomer())), 'NOT_FOUND')
    const unknown = bank.call(listOwners, { params: { account_id: newId() } }, aStaffMember('auditor'))
    assert.equal(await refusalOf(unknown), 'ACCOUNT_NOT_FOUND')
  })
})
