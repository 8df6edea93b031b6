import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { aUser, callerOf, openIdentity, refusalOf, signIn } from '../../../testing/people.ts'

describe('getUser', () => {
  test('shows a customer himself, and staff anybody, which leaves a line in the trail', async (t) => {
    const bank = await openIdentity(t)
    const user = await aUser(bank)
    const params = { user_id: user.user_id }
    const own = await bank.call(api.getUser, { params }, await callerOf(bank, await signIn(bank)))
    assert.deepEqual(own.reply, user)
    const clerk = aStaffMember('support')
    assert.deepEqual((await bank.call(api.getUser, { params }, clerk)).reply, user)
    const read =
      await bank.owner`select user_id, entity_id from audit_outbox where operation = 'getUser' order by audit_id`
    assert.deepEqual({ ...read.at(-1) }, { user_id: clerk.sub, entity_id: user.user_id })
  })

  test('to another customer the user is as unknown as one that never was', async (t) => {
    const bank = await openIdentity(t)
    const { user_id } = await aUser(bank)
    const get = (id: string, caller = aCustomer()) => bank.call(api.getUser, { params: { user_id: id } }, caller)
    assert.equal(await refusalOf(get(user_id)), 'USER_NOT_FOUND')
    assert.equal(await refusalOf(get(newId())), 'USER_NOT_FOUND')
    assert.equal(await refusalOf(get(newId(), aStaffMember('admin'))), 'USER_NOT_FOUND')
    assert.equal(await refusalOf(get(user_id, aStaffMember('analyst'))), 'FORBIDDEN')
  })
})
