import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { userProposalMade } from '#contracts/events/identity.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { aUser, callerOf, enrol, openIdentity, PASSWORD, refusalOf, signIn, tryLogin } from '../../../testing/people.ts'
import { proposeReset, sue } from '../../../testing/proposals.ts'

describe('proposeFactorReset', () => {
  test('asks for a second person, and takes no factor before', async (t) => {
    const bank = await openIdentity(t)
    const { user_id } = await aUser(bank)
    await enrol(bank, await callerOf(bank, await signIn(bank)))
    const made = await proposeReset(bank, user_id)
    assert.deepEqual([made.kind, made.status, made.roles], ['FACTOR_RESET', 'PENDING', null])
    assert.equal((await bank.published(userProposalMade))[0]?.kind, 'FACTOR_RESET')
    assert.equal((await tryLogin(bank, 'ann@example.com', PASSWORD)).reply.status, 'MFA_REQUIRED')
    assert.equal(await refusalOf(proposeReset(bank, user_id)), 'PROPOSAL_PENDING')
  })

  test('refuses oneself, who has no factor, whom nobody knows, and other roles', async (t) => {
    const bank = await openIdentity(t)
    const { user_id } = await aUser(bank)
    assert.equal(await refusalOf(proposeReset(bank, user_id, { ...sue, sub: user_id })), 'OWN_USER')
    assert.equal(await refusalOf(proposeReset(bank, user_id)), 'NOTHING_TO_CHANGE')
    assert.equal(await refusalOf(proposeReset(bank, newId())), 'USER_NOT_FOUND')
    for (const caller of [aCustomer(), aStaffMember('teller', 'operator', 'auditor')])
      assert.equal(await refusalOf(proposeReset(bank, user_id, caller)), 'FORBIDDEN')
  })
})
