import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/notification.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import { aKey } from '#libs/testing/service-test.ts'
import { freeze, listOf, mailboxOf, openNotices, refusalOf } from '../../../testing/open-notices.ts'

const template_id = 'service.message'
const variables = { message: 'Please call us.' }

describe('sendPushNotification', () => {
  test('lies in the sandbox mailbox under the address of the user', async (t) => {
    const bank = await openNotices(t)
    const { user_id, email } = bank.person()
    const body = { user_id, template_id, variables }
    await bank.call(api.sendPushNotification, { body }, aStaffMember('support'), { key: aKey() })
    const [push] = await mailboxOf(bank, email)
    assert.deepEqual([push?.channel, push?.subject], ['PUSH', 'A message from your bank'])
  })

  test('is refused in production, and suppressed where a user wished for it', async (t) => {
    const bank = await openNotices(t, { profile: 'production' })
    const ann = bank.person()
    const body = { user_id: ann.user_id, template_id, variables }
    const sent = bank.call(api.sendPushNotification, { body }, aStaffMember('support'), { key: aKey() })
    assert.equal(await refusalOf(sent), 'CHANNEL_NOT_CONFIGURED')
    const wish = { categories: [{ category: 'ACCOUNT' as const, channels: ['PUSH' as const] }] }
    await bank.call(api.changePreferences, { body: wish }, ann.caller)
    freeze(bank, ann)
    const [told] = await listOf(bank, ann)
    assert.deepEqual(told?.deliveries, [{ channel: 'PUSH', status: 'SUPPRESSED', sent_at: null }])
  })
})
