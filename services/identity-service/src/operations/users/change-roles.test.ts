import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getMe } from '#contracts/api/identity.ts'
import * as api from '#contracts/api/identity-proposals.ts'
import type { Role } from '#contracts/enums.ts'
import { sessionRevoked, userProposalMade } from '#contracts/events/identity.ts'
import { checkedInput } from '#libs/http/routes.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { aUser, callerOf, changesBy, openIdentity, refusalOf, signIn, verifierOf } from '../../../testing/people.ts'
import { ada, decide, giveRoles, proposeRoles, REASON } from '../../../testing/proposals.ts'

describe('changeRoles', () => {
  test('proposes roles, each once, and changes nothing: the user and his sessions stay as they are', async (t) => {
    const bank = await openIdentity(t)
    const user = await aUser(bank)
    const tokens = await signIn(bank)
    const params = { user_id: user.user_id }
    const body = { roles: ['teller', 'support', 'teller'] as Role[], reason: REASON }
    const { reply, status } = await bank.call(api.changeRoles, { params, body }, ada)
    const { proposal_id } = reply
    assert.deepEqual([status, reply.status, reply.kind, reply.proposed_by], [202, 'PENDING', 'ROLES', ada.sub])
    assert.deepEqual([reply.roles_before, reply.roles], [['customer'], ['support', 'teller']])
    assert.deepEqual(await bank.published(userProposalMade), [
      { proposal_id, user_id: user.user_id, kind: 'ROLES', proposed_by: ada.sub },
    ])
    assert.deepEqual((await callerOf(bank, tokens)).roles, ['customer'])
    assert.deepEqual(await bank.published(sessionRevoked), [])
    const proposed = { roles: ['customer'], proposed_roles: ['support', 'teller'], proposal_id }
    assert.deepEqual(await changesBy(bank, 'changeRoles'), [{ before: { roles: ['customer'] }, after: proposed }])
    const [kept] = await bank.owner`select count(*)::int as words from user_proposals p where p::text like '%manager%'`
    assert.equal(kept?.words, 0, 'what was said of a person is sealed')
  })

  test('approved, the old rights are lost within a second: every session that spoke of them ends', async (t) => {
    const bank = await openIdentity(t)
    const user = await aUser(bank)
    const tokens = await signIn(bank)
    const verifier = verifierOf(bank)
    assert.deepEqual((await verifier.verify(tokens.access_token)).roles, ['customer'])
    await giveRoles(bank, user.user_id, 'teller', 'support')
    assert.deepEqual(await bank.published(sessionRevoked), [{ session_id: tokens.session_id, user_id: user.user_id }])
    await verifier.refresh()
    await assert.rejects(verifier.verify(tokens.access_token), { name: 'Problem' })
    const caller = await callerOf(bank, await signIn(bank))
    assert.deepEqual([caller.roles, caller.customer_id], [['support', 'teller'], null])
  })

  test('own roles are one’s own however their id is written', async (t) => {
    const bank = await openIdentity(t)
    const { user_id } = await aUser(bank)
    const admin = { ...aStaffMember('admin'), sub: user_id }
    const body = { roles: ['admin' as const], reason: REASON }
    const sent = { params: { user_id: user_id.toUpperCase() }, query: {}, body }
    assert.equal(
      await refusalOf(bank.call(api.changeRoles, checkedInput(api.changeRoles, sent) as typeof sent, admin)),
      'OWN_ROLES',
    )
  })

  test('nobody is staff and a customer; who was a customer before becomes the same one again', async (t) => {
    const bank = await openIdentity(t)
    const user = await aUser(bank)
    assert.equal(await refusalOf(proposeRoles(bank, user.user_id, ['customer', 'teller'])), 'ROLES_MIXED')
    const { reply } = await bank.call(getMe, {}, await callerOf(bank, await signIn(bank)))
    assert.deepEqual(reply, user)
    await giveRoles(bank, user.user_id, 'teller')
    assert.equal((await callerOf(bank, await signIn(bank))).customer_id, null)
    await giveRoles(bank, user.user_id, 'customer')
    const again = await callerOf(bank, await signIn(bank))
    assert.deepEqual([again.roles, again.customer_id], [['customer'], user.customer_id])
  })

  test('a mix that stands from before gives tokens of staff only', async (t) => {
    const bank = await openIdentity(t)
    await aUser(bank)
    await bank.owner`update users set roles = '{customer,teller}'`
    assert.equal((await callerOf(bank, await signIn(bank))).customer_id, null)
  })

  test('one wish at a time: of eight at once one waits, and it may be followed by another when it is decided', async (t) => {
    const bank = await openIdentity(t)
    const { user_id } = await aUser(bank)
    const wishes = Array.from({ length: 8 }, () => proposeRoles(bank, user_id, ['teller'], aStaffMember('admin')))
    const settled = await Promise.allSettled(wishes)
    const made = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    assert.equal(made.length, 1)
    assert.equal(await refusalOf(proposeRoles(bank, user_id, ['auditor'])), 'PROPOSAL_PENDING')
    await decide(bank, made[0] as (typeof made)[0], 'reject', aStaffMember('admin'))
    await proposeRoles(bank, user_id, ['auditor'])
  })

  test('refuses one’s own roles, those that stand, unknown users, and everybody but an admin; nothing is kept', async (t) => {
    const bank = await openIdentity(t)
    const user = await aUser(bank)
    const self = { ...aStaffMember('admin'), sub: user.user_id }
    const refused = (roles: Role[], caller = ada, user_id = user.user_id) =>
      refusalOf(proposeRoles(bank, user_id, roles, caller))
    assert.equal(await refused(['admin'], self), 'OWN_ROLES')
    assert.equal(await refused(['customer']), 'NOTHING_TO_CHANGE')
    assert.equal(await refused(['admin'], ada, newId()), 'USER_NOT_FOUND')
    for (const caller of [aCustomer(), aStaffMember('teller', 'support', 'operator', 'compliance')])
      assert.equal(await refused(['admin'], caller), 'FORBIDDEN')
    assert.equal((await bank.owner`select 1 from user_proposals`).count, 0)
  })
})
