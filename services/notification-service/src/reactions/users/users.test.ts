import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  approvalDenied,
  deviceAdded,
  factorChanged,
  passwordChanged,
  userLockedOut,
  userVerified,
} from '#contracts/events/identity.ts'
import { newId } from '#libs/ids/ids.ts'
import { listOf, mailboxOf, openNotices } from '../../../testing/open-notices.ts'

describe('events of users', () => {
  test('welcome, and tell of whatever somebody else could have done, in the list and by mail', async (t) => {
    const bank = await openNotices(t)
    const { user_id, caller, email } = bank.person()
    bank.receive(userVerified, { user_id, channel: 'EMAIL' })
    bank.receive(userLockedOut, { user_id, until: '2026-11-21T10:15:00.000Z' })
    bank.receive(passwordChanged, { user_id })
    bank.receive(factorChanged, { user_id, factor_type: 'TOTP', change: 'ENROLLED' })
    bank.receive(deviceAdded, { user_id, device_id: newId(), is_first: true })
    bank.receive(deviceAdded, { user_id, device_id: newId(), is_first: false })
    bank.receive(approvalDenied, { user_id, challenge_id: newId(), purpose: 'LOGIN' })
    const list = await listOf(bank, { caller }, 6)
    assert.deepEqual(
      list.map(({ template_id, subject_type, subject_id }) => [template_id, subject_type, subject_id]),
      [
        'approval.denied',
        'device.added',
        'factor.changed',
        'user.password-changed',
        'user.locked-out',
        'user.welcome',
      ].map((id) => [id, 'user', user_id]),
    )
    assert.match(list[4]?.body ?? '', /paused until 2026-11-21 10:15 UTC\./)
    assert.equal((await mailboxOf(bank, email, 6)).length, 6)
  })
})
