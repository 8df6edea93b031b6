import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listAccountsOfUser } from '#contracts/api/account.ts'
import { resolveUsers } from '#contracts/api/identity.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openAccount, openAccountBank, refusalOf } from '../../../testing/bank.ts'

describe('listAccountsOfUser', () => {
  test("shows a customer his own, staff anybody's, and tells a customer of nobody else", async (t) => {
    const bank = await openAccountBank(t)
    const { account_id, owner } = await openAccount(bank)
    const clerk = { user_id: newId(), customer_id: null }
    const known = [{ user_id: owner.sub as string, customer_id: owner.customer_id }, clerk]
    bank.peer(resolveUsers, ({ body }) => ({
      items: known
        .filter((one) => body.user_ids.includes(one.user_id))
        .map((one) => ({ ...one, email: 'a@b.test', first_name: 'A', last_name: 'B', roles: [], is_active: true })),
    }))
    const list = async (user_id: string, caller = owner, query = {}) =>
      (await bank.call(listAccountsOfUser, { params: { user_id }, query }, caller)).reply.items.map(
        (one) => one.account_id,
      )
    const auditor = aStaffMember('auditor')
    assert.deepEqual(await list(owner.sub as string), [account_id])
    assert.deepEqual(await list(owner.sub as string, auditor), [account_id])
    assert.deepEqual(await list(owner.sub as string, auditor, { status: 'CLOSED' }), [])
    assert.deepEqual(await list(clerk.user_id, auditor), [])
    assert.equal(await refusalOf(list(newId(), auditor)), 'USER_NOT_FOUND')
    assert.equal(await refusalOf(list(owner.sub as string, aCustomer())), 'USER_NOT_FOUND')
    assert.equal(await refusalOf(list(newId())), 'USER_NOT_FOUND')
    assert.equal(await refusalOf(list(owner.sub as string, owner, { cursor: 'x' })), 'CURSOR_WRONG')
  })
})
