import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/notification.ts'
import { anonymous } from '#libs/contract/client.ts'
import { newId } from '#libs/ids/ids.ts'
import { aService } from '#libs/testing/callers.ts'
import { mailboxOf, openNotices } from '../../../testing/open-notices.ts'

describe('readMailbox', () => {
  test('shows the mail of one address only, newest first, with the code in a field of its own', async (t) => {
    const bank = await openNotices(t)
    for (const [to, text] of [
      ['ann@example.test', 'Your code is 11111111.'],
      ['bob@example.test', 'Your code is 22222222.'],
      ['Ann@Example.test', 'No code is in here, 123456789 is none.'],
    ] as const) {
      const body = { mail_id: newId(), to, subject: 'A mail', text }
      await bank.call(api.sendMail, { body }, aService('identity-service'))
    }
    const mails = await mailboxOf(bank, ' ann@EXAMPLE.test', 2)
    assert.deepEqual(
      mails.map(({ to, code, channel }) => [to, code, channel]),
      [
        ['Ann@Example.test', null, 'EMAIL'],
        ['ann@example.test', '11111111', 'EMAIL'],
      ],
    )
    const none = await bank.call(api.readMailbox, { query: { to: 'nobody@example.test' } }, anonymous)
    assert.deepEqual(none.reply.items, [])
  })

  test('holds nothing that can be read without the key', async (t) => {
    const bank = await openNotices(t)
    const body = { mail_id: newId(), to: 'planted@example.test', subject: 'Planted', text: 'planted 12345678' }
    await bank.call(api.sendMail, { body }, aService('identity-service'))
    await mailboxOf(bank, body.to)
    for (const { row } of await bank.owner`select m::text as row from mailbox m`)
      assert.doesNotMatch(row, /planted|12345678/i)
  })
})
