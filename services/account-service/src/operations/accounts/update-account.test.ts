import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { closeAccount, updateAccount } from '#contracts/api/account.ts'
import { accountUpdated } from '#contracts/events/account.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openAccount, openAccountBank, refusalOf } from '../../../testing/bank.ts'

describe('updateAccount', () => {
  test('an owner names his account; the event and the log say that, and not the name', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id, owner } = await openAccount(bank)
    const { reply } = await bank.call(
      updateAccount,
      { params: { account_id }, body: { nickname: 'For Lisbon' } },
      owner,
    )
    assert.equal(reply.nickname, 'For Lisbon')
    assert.deepEqual(await bank.published(accountUpdated), [
      { account_id, change_type: 'PROFILE', changed_fields: ['nickname'] },
    ])
    const lines =
      await bank.sql`select details from account_log where account_id = ${account_id} and change_type = 'UPDATED'`
    assert.deepEqual(
      lines.map((line) => line.details),
      [{ changed: 'nickname' }],
    )
    const none = await bank.call(updateAccount, { params: { account_id }, body: { nickname: null } }, owner)
    assert.equal(none.reply.nickname, null)
  })

  test('refuses by code, and then nothing is written', async (t) => {
    const bank = await openAccountBank(t)
    await bank.owner`insert into branches values ('north', 'North', false)`
    const { account_id, owner } = await openAccount(bank)
    const params = { account_id }
    const teller = aStaffMember('teller')
    const refused = (body: { nickname?: string; branch_id?: string }, caller = owner) =>
      refusalOf(bank.call(updateAccount, { params, body }, caller))
    assert.equal(await refused({ branch_id: 'north' }), 'STAFF_ONLY')
    assert.equal(await refused({ branch_id: 'nowhere' }, teller), 'BRANCH_NOT_FOUND')
    assert.equal(await refused({ branch_id: 'main' }, teller), 'NOTHING_TO_CHANGE')
    assert.equal(await refused({}), 'NOTHING_TO_CHANGE')
    assert.equal(await refused({ nickname: 'mine' }, aCustomer()), 'NOT_FOUND')
    assert.equal(await refused({ nickname: 'mine' }, { ...teller, customer_id: owner.customer_id }), 'OWN_ACCOUNT')
    const unknown = bank.call(updateAccount, { params: { account_id: newId() }, body: { nickname: 'x' } }, teller)
    assert.equal(await refusalOf(unknown), 'ACCOUNT_NOT_FOUND')
    assert.equal((await bank.published(accountUpdated)).length, 0)
    const moved = await bank.call(updateAccount, { params, body: { branch_id: 'north' } }, teller)
    assert.equal(moved.reply.branch_id, 'north')
    await bank.call(closeAccount, { params }, owner)
    assert.equal(await refused({ nickname: 'gone' }), 'ACCOUNT_CLOSED')
  })
})
