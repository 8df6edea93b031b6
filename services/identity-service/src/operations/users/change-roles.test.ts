import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import { sessionRevoked } from '#contracts/events/identity.ts'
import { checkedInput } from '#libs/http/routes.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { aUser, callerOf, openIdentity, refusalOf, signIn, verifierOf } from '../../../testing/people.ts'

describe('changeRoles', () => {
  test('sets the roles once each and ends the sessions that spoke of the old ones', async (t) => {
    const bank = await openIdentity(t)
    const user = await aUser(bank)
    const tokens = await signIn(bank)
    const params = { user_id: user.user_id }
    const body = { roles: ['teller', 'support', 'teller'] as ('teller' | 'support')[] }
    const { reply } = await bank.call(api.changeRoles, { params, body }, aStaffMember('admin'))
    assert.deepEqual([reply.roles, reply.customer_id], [['support', 'teller'], null])
    assert.deepEqual(await bank.published(sessionRevoked), [{ session_id: tokens.session_id, user_id: user.user_id }])
    const verifier = verifierOf(bank)
    await verifier.refresh()
    await assert.rejects(verifier.verify(tokens.access_token), { name: 'Problem' })
    const caller = await callerOf(bank, await signIn(bank))
    assert.deepEqual([caller.roles, caller.customer_id], [['support', 'teller'], null])
    const [audited] = await bank.owner`select entity_id, outcome from audit_outbox where operation = 'changeRoles'`
    assert.deepEqual({ ...audited }, { entity_id: user.user_id, outcome: 'done' })
  })

  test('own roles are one’s own however their id is written', async (t) => {
    const bank = await openIdentity(t)
    const { user_id } = await aUser(bank)
    const admin = { ...aStaffMember('admin'), sub: user_id }
    const sent = { params: { user_id: user_id.toUpperCase() }, query: {}, body: { roles: ['admin' as const] } }
    assert.equal(
      await refusalOf(bank.call(api.changeRoles, checkedInput(api.changeRoles, sent) as typeof sent, admin)),
      'OWN_ROLES',
    )
  })

  test('nobody is staff and a customer; who was a customer before becomes the same one again', async (t) => {
    const bank = await openIdentity(t)
    const user = await aUser(bank)
    const params = { user_id: user.user_id }
    const set = (roles: ('customer' | 'teller')[]) =>
      bank.call(api.changeRoles, { params, body: { roles } }, aStaffMember('admin'))
    assert.equal(await refusalOf(set(['customer', 'teller'])), 'ROLES_MIXED')
    const { reply } = await bank.call(api.getMe, {}, await callerOf(bank, await signIn(bank)))
    assert.deepEqual(reply, user)
    assert.equal((await set(['teller'])).reply.customer_id, null)
    const again = await set(['customer'])
    assert.deepEqual([again.reply.roles, again.reply.customer_id], [['customer'], user.customer_id])
    assert.equal((await callerOf(bank, await signIn(bank))).customer_id, user.customer_id)
  })

  test('a mix that stands from before gives tokens of staff only', async (t) => {
    const bank = await openIdentity(t)
    await aUser(bank)
    await bank.owner`update users set roles = '{customer,teller}'`
    assert.equal((await callerOf(bank, await signIn(bank))).customer_id, null)
  })

  test('refuses one’s own roles, unknown users, and everybody but an admin', async (t) => {
    const bank = await openIdentity(t)
    const user = await aUser(bank)
    const body = { roles: ['admin' as const] }
    const params = { user_id: user.user_id }
    const self = { ...aStaffMember('admin'), sub: user.user_id }
    assert.equal(await refusalOf(bank.call(api.changeRoles, { params, body }, self)), 'OWN_ROLES')
    const nobody = { params: { user_id: newId() }, body }
    assert.equal(await refusalOf(bank.call(api.changeRoles, nobody, aStaffMember('admin'))), 'USER_NOT_FOUND')
    for (const caller of [aCustomer(), aStaffMember('teller', 'support', 'operator', 'compliance')])
      assert.equal(await refusalOf(bank.call(api.changeRoles, { params, body }, caller)), 'FORBIDDEN')
    const [row] = await bank.owner`select roles from users`
    assert.deepEqual(row?.roles, ['customer'])
  })
})
