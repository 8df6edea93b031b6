import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/notification.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aService } from '#libs/testing/callers.ts'
import { mailboxOf, openNotices, refusalOf } from '../../../testing/open-notices.ts'

const IDENTITY = aService('identity-service')
const to = '+4915112345678'
const text = 'Pay 250.00 EUR to Bob Example, account 12345678. Your BankFlow code is 483920, good for 5 minutes.'

describe('sendText', () => {
  test('puts a text message into the sandbox mailbox, as it is, once however often it is asked to, its code told apart', async (t) => {
    const bank = await openNotices(t)
    const body = { text_id: newId(), to, text }
    for (let i = 0; i < 2; i++) {
      const { status, reply } = await bank.call(api.sendText, { body }, IDENTITY)
      assert.deepEqual([status, reply], [202, { text_id: body.text_id }])
    }
    const [sms, ...more] = await mailboxOf(bank, to)
    assert.deepEqual([sms?.channel, sms?.text, sms?.code, more.length], ['SMS', text, '483920', 0])
  })

  test('number and text are in no table in the clear', async (t) => {
    const bank = await openNotices(t)
    await bank.call(api.sendText, { body: { text_id: newId(), to, text } }, IDENTITY)
    await mailboxOf(bank, to)
    const stored = JSON.stringify([
      await bank.owner`select * from mails`,
      await bank.owner`select * from mailbox`,
      await bank.owner`select * from jobs.job_common`,
      await bank.owner`select * from audit_outbox`,
    ])
    assert.doesNotMatch(stored, /15112345678|483920/)
  })

  test('is for identity-service alone, and refused where the bank has no way to send', async (t) => {
    const bank = await openNotices(t)
    const body = { text_id: newId(), to, text }
    for (const caller of [aCustomer(), aService('account-service')])
      assert.equal(await refusalOf(bank.call(api.sendText, { body }, caller)), 'FORBIDDEN')
    const production = await openNotices(t, { profile: 'production' })
    assert.equal(await refusalOf(production.call(api.sendText, { body }, IDENTITY)), 'CHANNEL_NOT_CONFIGURED')
  })
})
