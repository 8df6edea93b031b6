import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as factors from '#contracts/api/identity-factors.ts'
import { userProposalMade } from '#contracts/events/identity.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { enrolDevice, halfSignIn, openWithTotp, verify } from '../../../testing/factors.ts'
import { aUser, callerOf, enrol, openIdentity, PASSWORD, refusalOf, signIn, tryLogin } from '../../../testing/people.ts'
import { decide, proposeReset, sue } from '../../../testing/proposals.ts'

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

  test('takes the key of a lost telephone, too, where it is the only factor', async (t) => {
    const { bank, user, factor, strong, freshCode } = await openWithTotp(t)
    const tokens = await verify(bank, await halfSignIn(bank, 'phone-01'), { code: freshCode() })
    const { caller } = await enrolDevice(bank, { tokens, strength: strong })
    const body = await strong(caller)
    await bank.call(factors.removeFactor, { params: { factor_id: factor.factor_id }, body }, caller)
    await decide(bank, await proposeReset(bank, user.user_id))
    assert.equal((await tryLogin(bank, 'ann@example.com', PASSWORD)).reply.status, 'SIGNED_IN')
  })

  test('is void when the user used a factor or got one meanwhile: those that were looked at are not lost', async (t) => {
    const { bank, user, freshCode } = await openWithTotp(t)
    const used = await proposeReset(bank, user.user_id)
    const tokens = await verify(bank, await halfSignIn(bank), { code: freshCode() })
    assert.equal(await refusalOf(decide(bank, used)), 'USER_CHANGED')
    await decide(bank, used, 'reject')
    assert.ok(tokens.access_token)
    bank.clock.advance(1_000)
    const added = await proposeReset(bank, user.user_id)
    bank.clock.advance(1_000)
    await bank.owner`
      insert into factors (factor_id, user_id, factor_type, secret_encrypted, confirmed_at, created_at)
      values (${newId()}, ${user.user_id}, 'EMAIL', '', ${bank.clock.wall.now()}, ${bank.clock.wall.now()})`
    assert.equal(await refusalOf(decide(bank, added)), 'USER_CHANGED')
    assert.equal((await tryLogin(bank, 'ann@example.com', PASSWORD)).reply.status, 'MFA_REQUIRED')
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
