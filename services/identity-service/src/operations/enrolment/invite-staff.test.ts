import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import { approveUserProposal } from '#contracts/api/identity-proposals.ts'
import { inviteStaff, renewInvitation } from '#contracts/api/identity-sign-in.ts'
import { anonymous, type Caller } from '#libs/contract/client.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import type { ServiceTest } from '#libs/testing/service-test.ts'
import { aUser, mailsTo, openIdentity, refusalOf, trailOf } from '../../../testing/people.ts'

const email = 'tess@bank.example'
const ORIGIN = 'https://bank.example'
const open = (t: TestContext, profile: 'sandbox' | 'production' = 'sandbox') =>
  openIdentity(t, { profile, env: { BANKFLOW_PUBLIC_ORIGIN: ORIGIN } })
const invite = (bank: ServiceTest, by: Caller = aStaffMember('admin'), more: object = {}) => {
  const body = { email, first_name: 'Tess', last_name: 'Teller', roles: ['teller' as const], reason: 'hired', ...more }
  return bank.call(inviteStaff, { body }, by)
}
const linkIn = (text: string): string =>
  /https:\/\/bank\.example\/api\/v1\/auth\/enrol#[A-Za-z0-9_-]{43}/.exec(text)?.[0] ?? ''

describe('inviteStaff', () => {
  test('mails a link to the person alone; the rights come when a second admin approves', async (t) => {
    const bank = await open(t)
    const maker = aStaffMember('admin')
    const { reply, status } = await invite(bank, maker)
    assert.deepEqual(
      [status, reply.user.roles, reply.user.customer_id, reply.proposal.roles],
      [201, [], null, ['teller']],
    )
    const [mail] = await mailsTo(bank, email, 1)
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
    const bank = await open(t)
    await invite(bank)
    assert.equal(await refusalOf(invite(bank)), 'ADDRESS_TAKEN')
    const customer = { email: 'x@bank.example', roles: ['customer'] }
    assert.equal(await refusalOf(invite(bank, aStaffMember('admin'), customer)), 'NOT_STAFF')
    for (const caller of [aCustomer(), aStaffMember('compliance', 'support')])
      assert.equal(await refusalOf(invite(bank, caller, { email: 'y@bank.example' })), 'FORBIDDEN')
  })

  test('no mailbox makes anybody staff: in production neither a forgotten password nor a code of before is worth anything', async (t) => {
    const bank = await open(t, 'production')
    const { user_id } = await aUser(bank, email)
    await bank.call(api.forgotPassword, { body: { email } }, anonymous)
    const [before] = await mailsTo(bank, email, 2)
    await bank.owner`update users set roles = '{teller}', customer_id = null where user_id = ${user_id}`
    const body = { email, code: before?.code as string, password: 'nine blue kettles' }
    assert.equal(await refusalOf(bank.call(api.resetPassword, { body }, anonymous)), 'CODE_WRONG')
    const { reply } = await bank.call(api.forgotPassword, { body: { email } }, anonymous)
    assert.deepEqual(reply, { status: 'ACCEPTED' })
    assert.equal(
      (
        await bank.owner`select 1 from one_time_codes where purpose = 'RESET' and voided_at is null and consumed_at is null`
      ).length,
      1,
    )
    assert.equal((await mailsTo(bank, email, 2)).length, 2, 'the verification, and the reset from before')
  })

  test('in production it is confirmed with a strong factor, and for this very person', async (t) => {
    const bank = await open(t, 'production')
    assert.equal(await refusalOf(invite(bank)), 'STEP_UP_REQUIRED')
    assert.equal((await bank.owner`select 1 from users`).length, 0)
  })
})

describe('renewInvitation', () => {
  const renew = (bank: ServiceTest, user_id: string, by: Caller = aStaffMember('admin')) =>
    bank.call(renewInvitation, { params: { user_id }, body: { reason: 'the link ran out' } }, by)

  test('mails another link, which makes the one before worth nothing', async (t) => {
    const bank = await open(t)
    const { user_id } = (await invite(bank)).reply.user
    await renew(bank, user_id)
    const [second, first] = await mailsTo(bank, email, 2)
    assert.notEqual(linkIn(second?.text ?? ''), linkIn(first?.text ?? ''))
    const rows = await bank.owner`select used_at from staff_invitations order by created_at`
    assert.deepEqual(
      rows.map((row) => row.used_at === null),
      [false, true],
    )
  })

  test('is for somebody else, who works here and has no passkey', async (t) => {
    const bank = await open(t)
    const { user_id } = (await invite(bank)).reply.user
    const customer = await aUser(bank)
    assert.equal(await refusalOf(renew(bank, customer.user_id)), 'NOT_STAFF')
    assert.equal(await refusalOf(renew(bank, newId())), 'USER_NOT_FOUND')
    assert.equal(await refusalOf(renew(bank, user_id, { ...aStaffMember('admin'), sub: user_id })), 'OWN_USER')
    assert.equal(await refusalOf(renew(bank, user_id, aStaffMember('compliance'))), 'FORBIDDEN')
    await bank.owner`
      insert into passkeys (passkey_id, user_id, credential_id, public_key, sign_count, transports, aaguid, is_device_bound, is_backed_up, name, created_at)
      values (${newId()}, ${user_id}, 'x', ${Buffer.from('x')}, 0, '{}', ${newId()}, true, false, 'Key', now())`
    assert.equal(await refusalOf(renew(bank, user_id)), 'FACTOR_EXISTS')
  })
})
