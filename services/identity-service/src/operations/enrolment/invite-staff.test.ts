import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import { approveUserProposal } from '#contracts/api/identity-proposals.ts'
import { anonymous, type Caller } from '#libs/contract/client.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { aUser, mailsTo, refusalOf, trailOf } from '../../../testing/people.ts'
import { INVITED, invite, linkIn, openInviting } from '../../../testing/staff-invitations.ts'

describe('inviteStaff', () => {
  test('mails a link to the person alone; the rights come when a second admin approves', async (t) => {
    const bank = await openInviting(t)
    const maker = aStaffMember('admin')
    const { reply, status } = await invite(bank, maker)
    assert.deepEqual(
      [status, reply.user.roles, reply.user.customer_id, reply.proposal.roles],
      [201, [], null, ['teller']],
    )
    const [mail] = await mailsTo(bank, INVITED, 1)
    const link = linkIn(mail?.text ?? '')
    assert.notEqual(link, '')
    const token = link.split('#')[1] as string
    const stored = [
      await bank.owner`select * from audit_outbox`,
      await bank.owner`select * from outbox`,
      await bank.owner`select * from staff_invitations`,
    ]
    assert.equal(JSON.stringify([reply, stored]).includes(token), false)
    const params = { proposal_id: reply.proposal.proposal_id }
    const approve = (by: Caller) => bank.call(approveUserProposal, { params, body: { reason: 'checked' } }, by)
    assert.equal(await refusalOf(approve(maker)), 'OWN_PROPOSAL')
    await approve(aStaffMember('admin'))
    const [user] = await bank.owner`select roles, password_hash from users where user_id = ${reply.user.user_id}`
    assert.deepEqual([user?.roles, user?.password_hash], [['teller'], ''])
    assert.equal((await trailOf(bank, 'inviteStaff')).at(-1)?.user_id, maker.sub)
  })

  test('refuses an address in use, and roles of a customer; it is for admins alone', async (t) => {
    const bank = await openInviting(t)
    await invite(bank)
    assert.equal(await refusalOf(invite(bank)), 'ADDRESS_TAKEN')
    const customer = { email: 'x@bank.example', roles: ['customer'] }
    assert.equal(await refusalOf(invite(bank, aStaffMember('admin'), customer)), 'NOT_STAFF')
    for (const caller of [aCustomer(), aStaffMember('compliance', 'support')])
      assert.equal(await refusalOf(invite(bank, caller, { email: 'y@bank.example' })), 'FORBIDDEN')
  })

  test('no mailbox makes anybody staff: in production neither a forgotten password nor a code of before is worth anything', async (t) => {
    const bank = await openInviting(t, 'production')
    const { user_id } = await aUser(bank, INVITED)
    await bank.call(api.forgotPassword, { body: { email: INVITED } }, anonymous)
    const [before] = await mailsTo(bank, INVITED, 2)
    await bank.owner`update users set roles = '{teller}', customer_id = null where user_id = ${user_id}`
    const body = { email: INVITED, code: before?.code as string, password: 'nine blue kettles' }
    assert.equal(await refusalOf(bank.call(api.resetPassword, { body }, anonymous)), 'CODE_WRONG')
    const { reply } = await bank.call(api.forgotPassword, { body: { email: INVITED } }, anonymous)
    assert.deepEqual(reply, { status: 'ACCEPTED' })
    assert.equal(
      (
        await bank.owner`select 1 from one_time_codes where purpose = 'RESET' and voided_at is null and consumed_at is null`
      ).length,
      1,
    )
    assert.equal((await mailsTo(bank, INVITED, 2)).length, 2, 'the verification, and the reset from before')
  })

  test('in production it is confirmed with a strong factor, and for this very person', async (t) => {
    const bank = await openInviting(t, 'production')
    assert.equal(await refusalOf(invite(bank)), 'STEP_UP_REQUIRED')
    assert.equal((await bank.owner`select 1 from users`).length, 0)
  })
})
