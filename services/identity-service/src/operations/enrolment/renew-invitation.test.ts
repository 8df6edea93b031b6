import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { renewInvitation } from '#contracts/api/identity-sign-in.ts'
import type { Caller } from '#libs/contract/client.ts'
import { newId } from '#libs/ids/ids.ts'
import { aStaffMember, confirming } from '#libs/testing/callers.ts'
import type { ServiceTest } from '#libs/testing/service-test.ts'
import { aUser, mailsTo, openIdentity, refusalOf, trailOf } from '../../../testing/people.ts'
import { INVITED, invite, linkIn, openInviting } from '../../../testing/staff-invitations.ts'

describe('renewInvitation', () => {
  const renew = (bank: ServiceTest, user_id: string, by: Caller = aStaffMember('admin')) =>
    bank.call(renewInvitation, { params: { user_id }, body: { reason: 'the link ran out' } }, by)

  test('mails another link, which makes the one before worth nothing', async (t) => {
    const bank = await openInviting(t)
    const { user_id } = (await invite(bank)).reply.user
    await renew(bank, user_id)
    const [second, first] = await mailsTo(bank, INVITED, 2)
    assert.notEqual(linkIn(second?.text ?? ''), linkIn(first?.text ?? ''))
    const rows = await bank.owner`select used_at from staff_invitations order by created_at`
    assert.deepEqual(
      rows.map((row) => row.used_at === null),
      [false, true],
    )
  })

  test('is for somebody else, who works here and has no passkey', async (t) => {
    const bank = await openInviting(t)
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

  test('of eight at once one link is good; without an origin, and in production without a confirmation, none is made', async (t) => {
    const bank = await openInviting(t)
    const { user_id } = (await invite(bank)).reply.user
    await Promise.all(Array.from({ length: 8 }, () => renew(bank, user_id)))
    const rows = await bank.owner`select used_at from staff_invitations`
    assert.deepEqual([rows.length, rows.filter((row) => row.used_at === null).length], [9, 1])
    const lines = await trailOf(bank, 'renewInvitation')
    assert.deepEqual(
      lines.map(({ outcome }) => outcome),
      Array(8).fill('done'),
    )
    const strict = await openInviting(t, 'production')
    assert.equal(await refusalOf(renew(strict, newId())), 'STEP_UP_REQUIRED')
    const without = await openIdentity(t, { profile: 'production' })
    const input = { params: { user_id: newId() }, body: { reason: 'the link ran out' } }
    const confirmed = confirming(aStaffMember('admin'), renewInvitation, input)
    assert.equal(await refusalOf(without.call(renewInvitation, input, confirmed)), 'FACTOR_NOT_OFFERED')
  })
})
