import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import type { Caller } from '#libs/contract/client.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { aUser, callerOf, OTHER_PASSWORD, openIdentity, refusalOf, signIn, tryLogin } from '../../../testing/people.ts'

describe('getUser', () => {
  test('shows a customer himself, and staff anybody, which leaves a line in the trail', async (t) => {
    const bank = await openIdentity(t)
    const user = await aUser(bank)
    const params = { user_id: user.user_id }
    const own = await bank.call(api.getUser, { params }, await callerOf(bank, await signIn(bank)))
    assert.deepEqual(own.reply, user)
    const clerk = aStaffMember('support')
    const sign_in = { state: 'open', failed_attempts: 0, locked_until: null, is_password_breached: false }
    assert.deepEqual((await bank.call(api.getUser, { params }, clerk)).reply, { ...user, sign_in })
    const read =
      await bank.owner`select user_id, entity_id from audit_outbox where operation = 'getUser' order by audit_id`
    assert.deepEqual({ ...read.at(-1) }, { user_id: clerk.sub, entity_id: user.user_id })
  })

  test('shows staff how the sign-in stands, and the user himself not: who is in need not know what a guesser did', async (t) => {
    const bank = await openIdentity(t)
    const { user_id } = await aUser(bank)
    const caller = await callerOf(bank, await signIn(bank))
    for (let i = 0; i < 5; i++) await refusalOf(tryLogin(bank, 'ann@example.com', OTHER_PASSWORD))
    const get = async (by: Caller) => (await bank.call(api.getUser, { params: { user_id } }, by)).reply.sign_in
    const shown = await get(aStaffMember('support'))
    assert.deepEqual([shown?.state, shown?.failed_attempts], ['slowed', 5])
    assert.ok(Date.parse(shown?.locked_until as string) > bank.clock.wall.now().getTime())
    assert.equal(await get(caller), undefined)
    for (const [failures, state] of [
      [10, 'challenge'],
      [20, 'temporary'],
      [30, 'manual'],
    ] as const) {
      await bank.owner`update users set failed_login_attempts = ${failures}`
      assert.equal((await get(aStaffMember('support')))?.state, state)
    }
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
