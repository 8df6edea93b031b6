import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { factorChanged, passwordChanged, userLockedOut, userVerified } from '#contracts/events/identity.ts'
import { listOf, mailboxOf, openNotices } from '../../../testing/open-notices.ts'

describe('events of users', () => {
  test('welcome, and tell of whatever somebody else could have done, in the list and by mail', async (t) => {
    const bank = await openNotices(t)
    const { user_id, caller, email } = bank.person()
    bank.receive(userVerified, { user_id, channel: 'EMAIL' })
    bank.receive(userLockedOut, { user_id, until: '2026-11-21T10:15:00.000Z' })
    bank.receive(passwordChanged, { user_id })
    bank.receive(factorChanged, { user_id, factor_type: 'TOTP', change: 'ENROLLED' })
    const list = await listOf(bank, { caller }, 4)
    assert.deepEqual(
      list.map(({ template_id, subject_type, subject_id }) => [template_id, subject_type, subject_id]),
      ['factor.changed', 'user.password-changed', 'user.locked-out', 'user.welcome'].map((id) => [id, 'user', user_id]),
    )
    assert.match(list[2]?.body ?? '', /paused until 2026-11-21 10:15 UTC\./)
    assert.equal((await mailboxOf(bank, email, 4)).length, 4)
  })
})
