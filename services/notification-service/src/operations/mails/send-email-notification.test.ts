import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/notification.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aService, aStaffMember } from '#libs/testing/callers.ts'
import { aKey, eventually } from '#libs/testing/service-test.ts'
import { listOf, mailboxOf, openNotices, refusalOf } from '../../../testing/open-notices.ts'

const variables = { message: 'Your card has come back to us.' }

describe('sendEmailNotification', () => {
  test('sends by mail whatever the user prefers, and stands in his list; a repeated key sends once', async (t) => {
    const bank = await openNotices(t)
    const ann = bank.person()
    const none = { categories: [{ category: 'SERVICE' as const, channels: [] }] }
    await bank.call(api.changePreferences, { body: none }, ann.caller)
    const body = { user_id: ann.user_id, template_id: 'service.message', variables }
    const key = aKey()
    const staff = aStaffMember('support')
    const first = await bank.call(api.sendEmailNotification, { body }, staff, { key })
    assert.deepEqual([first.status, first.reply.status], [202, 'PENDING'])
    const again = await bank.call(api.sendEmailNotification, { body }, staff, { key })
    assert.equal(again.reply.notification_id, first.reply.notification_id)
    const mails = await mailboxOf(bank, ann.email)
    assert.equal(mails.length, 1)
    assert.match(mails[0]?.text ?? '', /Your card has come back to us\./)
    const [told] = await listOf(bank, ann)
    assert.equal(told?.notification_id, first.reply.notification_id)
    const acts =
      await bank.owner`select 1 from audit_outbox where operation = 'sendEmailNotification' and change_encrypted is not null`
    assert.equal(acts.length, 1, 'the trail knows to whom')
  })

  test('refuses what cannot be sent, and writes nothing', async (t) => {
    const bank = await openNotices(t)
    const { user_id } = bank.person()
    const send = (
      body: { user_id: string; template_id: string; variables?: Record<string, string> },
      caller = aStaffMember('support'),
    ) => refusalOf(bank.call(api.sendEmailNotification, { body }, caller, { key: aKey() }))
    const template_id = 'service.message'
    assert.equal(await send({ user_id: newId(), template_id, variables }), 'USER_NOT_FOUND')
    assert.equal(await send({ user_id, template_id: 'no.such', variables }), 'TEMPLATE_NOT_FOUND')
    assert.equal(await send({ user_id, template_id }), 'VALIDATION_FAILED')
    assert.equal(await send({ user_id, template_id, variables: { ...variables, more: 'x' } }), 'VALIDATION_FAILED')
    assert.equal(await send({ user_id, template_id, variables }, aCustomer()), 'FORBIDDEN')
    assert.equal(await send({ user_id, template_id, variables }, aService('ledger-service')), 'FORBIDDEN')
    assert.equal((await bank.sql`select 1 from notifications`).length, 0)
  })

  test('to a user who is out of service is suppressed', async (t) => {
    const bank = await openNotices(t)
    const ann = bank.person()
    bank.deactivate(ann.user_id)
    const body = { user_id: ann.user_id, template_id: 'service.message', variables }
    await bank.call(api.sendEmailNotification, { body }, aService('admin-service'), { key: aKey() })
    await eventually(async () => {
      const [row] = await bank.sql`select status, reason from deliveries`
      assert.deepEqual({ ...row }, { status: 'SUPPRESSED', reason: 'USER_INACTIVE' })
    })
  })
})
