import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  addOwner,
  freezeAccount,
  listAccountLog,
  removeOwner,
  unfreezeAccount,
  updateAccount,
} from '#contracts/api/account.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openAccount, openAccountBank, refusalOf } from '../../../testing/bank.ts'

describe('listAccountLog', () => {
  test('has a line for every change, newest first, page by page; customers read BANK where staff acted', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id, owner } = await openAccount(bank)
    const params = { account_id }
    const officer = aStaffMember('compliance')
    const customer_id = newId()
    await bank.call(freezeAccount, { params, body: { reason: 'Ann Silva lost her card' } }, owner)
    await bank.call(unfreezeAccount, { params }, officer)
    await bank.call(addOwner, { params, body: { customer_id, relation: 'JOINT' } }, officer)
    await bank.call(removeOwner, { params: { account_id, customer_id } }, officer)
    await bank.call(updateAccount, { params, body: { nickname: 'mine' } }, owner)
    const log = async (caller = owner, query = {}) => (await bank.call(listAccountLog, { params, query }, caller)).reply
    const all = await log()
    assert.deepEqual(
      all.items.map(({ sequence, change_type, changed_by }) => [sequence, change_type, changed_by]),
      [
        [6, 'UPDATED', owner.sub],
        [5, 'OWNER_REMOVED', 'BANK'],
        [4, 'OWNER_ADDED', 'BANK'],
        [3, 'UNFROZEN', 'BANK'],
        [2, 'FROZEN', owner.sub],
        [1, 'OPENED', owner.sub],
      ],
    )
    assert.ok(!JSON.stringify(all).includes('Silva'))
    assert.equal((await log(officer)).items[3]?.changed_by, officer.sub)
    const first = await log(owner, { limit: 4 })
    const second = await log(owner, { limit: 4, cursor: first.next_cursor })
    assert.deepEqual([...first.items, ...second.items], all.items)
    assert.equal(second.next_cursor, null)
    assert.equal(await refusalOf(log(owner, { cursor: 'x' })), 'CURSOR_WRONG')
    assert.equal(await refusalOf(log(aCustomer())), 'NOT_FOUND')
    const unknown = bank.call(listAccountLog, { params: { account_id: newId() } }, officer)
    assert.equal(await refusalOf(unknown), 'ACCOUNT_NOT_FOUND')
  })

  test('cannot be changed or shortened, by the service itself neither', async (t) => {
    const bank = await openAccountBank(t)
    await openAccount(bank)
    await assert.rejects(bank.sql`update account_log set changed_by = 'nobody'`, /permission denied/)
    await assert.rejects(bank.sql`delete from account_log`, /permission denied/)
  })
})
