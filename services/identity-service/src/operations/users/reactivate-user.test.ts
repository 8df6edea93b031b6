import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import { approveUserProposal } from '#contracts/api/identity-proposals.ts'
import { reactivateUser } from '#contracts/api/identity-sign-in.ts'
import type { Caller } from '#libs/contract/client.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { aUser, changesBy, openIdentity, PASSWORD, refusalOf, signIn, tryLogin } from '../../../testing/people.ts'

const email = 'ann@example.com'

async function shutOut(t: TestContext) {
  const bank = await openIdentity(t)
  const { user_id } = await aUser(bank)
  const tokens = await signIn(bank)
  await bank.call(api.deactivateUser, { params: { user_id } }, aStaffMember('admin'))
  const reactivate = (caller: Caller = aStaffMember('compliance'), id = user_id) =>
    bank.call(reactivateUser, { params: { user_id: id }, body: { reason: 'proved by video' } }, caller)
  return { bank, user_id, tokens, reactivate }
}

describe('reactivateUser', () => {
  test('lets a customer sign in again as before; what was open when he was shut out stays closed', async (t) => {
    const { bank, tokens, reactivate } = await shutOut(t)
    assert.equal(await refusalOf(tryLogin(bank, email, PASSWORD)), 'CREDENTIALS_WRONG')
    const { reply } = await reactivate()
    assert.deepEqual([reply.status, reply.user.is_active, reply.proposal], ['ACTIVE', true, null])
    await signIn(bank)
    const body = { refresh_token: tokens.refresh_token }
    assert.equal(await refusalOf(bank.call(api.refreshTokens, { body }, aCustomer())), 'REFRESH_TOKEN_WRONG')
    assert.deepEqual(await changesBy(bank, 'reactivateUser'), [
      { before: { is_active: false }, after: { is_active: true, reason: 'proved by video' } },
    ])
    assert.equal(await refusalOf(reactivate()), 'NOTHING_TO_CHANGE')
  })

  test('staff come back when a second admin says so', async (t) => {
    const { bank, user_id, reactivate } = await shutOut(t)
    await bank.owner`update users set roles = '{teller}', customer_id = null`
    assert.equal(await refusalOf(reactivate()), 'FORBIDDEN')
    const maker = aStaffMember('admin')
    const { reply } = await reactivate(maker)
    assert.deepEqual([reply.status, reply.user.is_active, reply.proposal?.user_id], ['PROPOSED', false, user_id])
    assert.equal(await refusalOf(tryLogin(bank, email, PASSWORD)), 'CREDENTIALS_WRONG')
    assert.equal(await refusalOf(reactivate(maker)), 'PROPOSAL_PENDING')
    const params = { proposal_id: reply.proposal?.proposal_id as string }
    const approve = (by: Caller) => bank.call(approveUserProposal, { params, body: { reason: 'seen' } }, by)
    assert.equal(await refusalOf(approve(maker)), 'OWN_PROPOSAL')
    await approve(aStaffMember('admin'))
    await signIn(bank)
  })

  test('is for admin and compliance, about somebody else who exists', async (t) => {
    const { user_id, reactivate } = await shutOut(t)
    assert.equal(await refusalOf(reactivate({ ...aStaffMember('admin'), sub: user_id })), 'OWN_USER')
    assert.equal(await refusalOf(reactivate(aStaffMember('admin'), newId())), 'USER_NOT_FOUND')
    for (const caller of [aCustomer(), aStaffMember('support', 'teller')])
      assert.equal(await refusalOf(reactivate(caller)), 'FORBIDDEN')
  })
})
