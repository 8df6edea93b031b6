import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/notification.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import { aKey } from '#libs/testing/service-test.ts'
import { mailboxOf, openNotices, refusalOf } from '../../../testing/open-notices.ts'

const template_id = 'service.message'
const variables = { message: 'Please call us.' }

describe('sendSmsNotification', () => {
  test('goes to the telephone number of the customer, without greeting', async (t) => {
    const bank = await openNotices(t)
    const { user_id } = bank.person({ phone: '+351911222333' })
    const body = { user_id, template_id, variables }
    await bank.call(api.sendSmsNotification, { body }, aStaffMember('support'), { key: aKey() })
    const [sms] = await mailboxOf(bank, '+351911222333')
    assert.deepEqual([sms?.channel, sms?.text], ['SMS', 'Please call us.'])
  })

  test('is refused to who has no number, and where the bank has no way to send', async (t) => {
    const bank = await openNotices(t)
    const body = { user_id: bank.person().user_id, template_id, variables }
    const send = () => bank.call(api.sendSmsNotification, { body }, aStaffMember('support'), { key: aKey() })
    assert.equal(await refusalOf(send()), 'ADDRESS_MISSING')
    const production = await openNotices(t, { profile: 'production' })
    const there = production.call(api.sendSmsNotification, { body }, aStaffMember('support'), { key: aKey() })
    assert.equal(await refusalOf(there), 'CHANNEL_NOT_CONFIGURED')
  })
})
