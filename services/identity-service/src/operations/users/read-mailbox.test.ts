import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import { anonymous } from '#libs/contract/client.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { mailsTo, openIdentity, register } from '../../../testing/people.ts'

describe('readMailbox', () => {
  test('shows the mail of one address only, newest first, with the code in a field of its own', async (t) => {
    const bank = await openIdentity(t)
    await register(bank, 'ann@example.com')
    await mailsTo(bank, 'ann@example.com', 1)
    await register(bank, 'ann@example.com')
    await register(bank, 'bob@example.com')
    const mails = await mailsTo(bank, 'Ann@example.com', 2)
    assert.equal(mails.length, 2)
    assert.ok((mails[0]?.mail_id ?? '') > (mails[1]?.mail_id ?? ''))
    for (const mail of mails) {
      assert.equal(mail.to, 'ann@example.com')
      assert.ok(mail.code !== null && mail.text.includes(mail.code))
    }
    const none = await bank.call(api.readMailbox, { query: { to: 'nobody@example.com' } }, anonymous)
    assert.deepEqual(none.reply.items, [])
  })

  test('in production nothing is put there: the mail waits as a dead letter, sealed', async (t) => {
    const bank = await openIdentity(t, { profile: 'production' })
    await register(bank, 'ann@example.com')
    await eventually(async () => (await bank.owner`select 1 from jobs.job_common where state = 'retry'`).length === 1)
    assert.equal((await bank.owner`select 1 from mailbox`).length, 0)
  })
})
