import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import type { Caller } from '#libs/contract/client.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import type { ServiceTest } from '#libs/testing/service-test.ts'
import { aUser, callerOf, changesBy, openIdentity, refusalOf, signIn } from '../../../testing/people.ts'

const update = (
  bank: ServiceTest,
  user_id: string,
  body: { first_name?: string; last_name?: string },
  caller: Caller,
) => bank.call(api.updateUser, { params: { user_id }, body }, caller)

describe('updateUser', () => {
  test('changes what is sent and leaves the rest; the trail knows both names, the tables none in the clear', async (t) => {
    const bank = await openIdentity(t)
    const user = await aUser(bank)
    const self = await callerOf(bank, await signIn(bank))
    const { reply } = await update(bank, user.user_id, { last_name: 'Newname' }, self)
    assert.deepEqual(reply, { ...user, last_name: 'Newname' })
    assert.deepEqual((await bank.call(api.getMe, {}, self)).reply, reply)
    const names = { first_name: user.first_name, last_name: user.last_name }
    assert.deepEqual(await changesBy(bank, 'updateUser'), [
      { before: names, after: { ...names, last_name: 'Newname' } },
    ])
    const stored = [await bank.owner`select * from users`, await bank.owner`select * from audit_outbox`]
    assert.doesNotMatch(JSON.stringify(stored), /Newname/)
    const byAdmin = await update(bank, user.user_id, { first_name: 'Anna' }, aStaffMember('admin'))
    assert.deepEqual([byAdmin.reply.first_name, byAdmin.reply.last_name], ['Anna', 'Newname'])
  })

  test('two changes at once both stand', async (t) => {
    const bank = await openIdentity(t)
    const { user_id } = await aUser(bank)
    const admin = aStaffMember('admin')
    await Promise.all([
      update(bank, user_id, { first_name: 'One' }, admin),
      update(bank, user_id, { last_name: 'Two' }, admin),
    ])
    const { reply } = await bank.call(api.getUser, { params: { user_id } }, admin)
    assert.deepEqual([reply.first_name, reply.last_name], ['One', 'Two'])
  })

  test('refuses nothing at all, and knows nobody else’s user', async (t) => {
    const bank = await openIdentity(t)
    const { user_id } = await aUser(bank)
    const body = { first_name: 'Mallory' }
    assert.equal(await refusalOf(update(bank, user_id, {}, aStaffMember('admin'))), 'NOTHING_TO_CHANGE')
    for (const caller of [aCustomer(), aStaffMember('support')])
      assert.equal(await refusalOf(update(bank, user_id, body, caller)), 'USER_NOT_FOUND')
    assert.equal(await refusalOf(update(bank, newId(), body, aStaffMember('admin'))), 'USER_NOT_FOUND')
  })
})
