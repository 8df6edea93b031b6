import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/notification.ts'
import { notificationFailed, notificationSent } from '#contracts/events/notification.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aService } from '#libs/testing/callers.ts'
import { eventually, type ServiceTest } from '#libs/testing/service-test.ts'
import { mailboxOf, openNotices } from '../../../testing/open-notices.ts'
import { openSmtpServer } from '../../../testing/smtp.ts'

const IDENTITY = aService('identity-service')
const FROM = { BANKFLOW_MAIL_FROM: 'BankFlow <no-reply@bank.example>' }

function aMail(known: Partial<{ mail_id: string; to: string; subject: string; text: string }> = {}) {
  return { mail_id: newId(), to: 'planted@example.test', subject: 'Your code', text: 'It is 12345678.', ...known }
}

const statusOf = async (bank: ServiceTest, mail_id: string) =>
  (
    await bank.sql<
      { status: string; reason: string | null }[]
    >`select status, reason from mails where mail_id = ${mail_id}`
  )[0]

describe('sendMail', () => {
  test('puts a mail into the sandbox mailbox, signed, once however often it is asked to', async (t) => {
    const bank = await openNotices(t)
    const body = aMail()
    for (let i = 0; i < 2; i++) {
      const { status, reply } = await bank.call(api.sendMail, { body }, IDENTITY)
      assert.deepEqual([status, reply], [202, { mail_id: body.mail_id }])
    }
    const [mail, ...more] = await mailboxOf(bank, body.to)
    assert.deepEqual([mail?.mail_id, mail?.code, more.length], [body.mail_id, '12345678', 0])
    assert.equal(mail?.text, 'It is 12345678.\n\nYour BankFlow team\n')
    await eventually(async () => (await bank.published(notificationSent)).length === 1)
    const about = { notification_id: body.mail_id, user_id: null, channel: 'EMAIL', template_id: 'mail' }
    assert.deepEqual(await bank.published(notificationSent), [about])
  })

  test('is for identity-service alone', async (t) => {
    const bank = await openNotices(t)
    for (const caller of [aCustomer(), aService('account-service')])
      await assert.rejects(bank.call(api.sendMail, { body: aMail() }, caller), { name: 'Problem' })
  })

  test('delivers by SMTP, with a Message-ID made of its own and headers that nobody can add to', async (t) => {
    const smtp = await openSmtpServer(t)
    const bank = await openNotices(t, { env: { BANKFLOW_SMTP_URL: smtp.url, ...FROM } })
    const body = aMail({ subject: 'One\r\nBcc: other@example.test', text: 'Guten Tag, Zoë' })
    await bank.call(api.sendMail, { body }, IDENTITY)
    await eventually(() => smtp.received.length === 1)
    const [mail] = smtp.received
    assert.deepEqual(mail?.to, [body.to])
    assert.match(mail?.message ?? '', new RegExp(`^Message-ID: <${body.mail_id}@bank\\.example>`, 'im'))
    assert.match(mail?.message ?? '', /^Subject: One Bcc: other@example\.test\r$/m)
    assert.doesNotMatch(mail?.message ?? '', /^Bcc:/im)
    await eventually(async () => (await statusOf(bank, body.mail_id))?.status === 'SENT')
    assert.equal((await bank.owner`select 1 from mailbox`).length, 0)
  })

  test('tries again what the server puts off, and sends it then', async (t) => {
    const smtp = await openSmtpServer(t)
    smtp.answers.push('later')
    const bank = await openNotices(t, { env: { BANKFLOW_SMTP_URL: smtp.url, ...FROM } })
    const body = aMail()
    await bank.call(api.sendMail, { body }, IDENTITY)
    await eventually(() => smtp.received.length === 1, 20_000)
    await eventually(async () => (await statusOf(bank, body.mail_id))?.status === 'SENT')
    assert.deepEqual(await bank.published(notificationFailed), [])
  })

  test('gives up at once what the server refuses for good, says so, and quotes nobody', async (t) => {
    const smtp = await openSmtpServer(t)
    smtp.answers.push('never')
    const bank = await openNotices(t, { env: { BANKFLOW_SMTP_URL: smtp.url, ...FROM } })
    const body = aMail()
    await bank.call(api.sendMail, { body }, IDENTITY)
    await eventually(async () => (await bank.published(notificationFailed)).length === 1)
    const about = { notification_id: body.mail_id, user_id: null, channel: 'EMAIL', reason: 'SMTP_550' }
    assert.deepEqual(await bank.published(notificationFailed), [about])
    assert.deepEqual({ ...(await statusOf(bank, body.mail_id)) }, { status: 'FAILED', reason: 'SMTP_550' })
    for (const table of ['outbox', 'mails', 'jobs.job_common']) {
      for (const { row } of await bank.owner.unsafe(`select t::text as row from ${table} t`))
        assert.doesNotMatch(row, /planted|12345678/, table)
    }
  })

  test('killed after the server took it, it sends once more under the same Message-ID', async (t) => {
    const smtp = await openSmtpServer(t)
    const bank = await openNotices(t, { env: { BANKFLOW_SMTP_URL: smtp.url, ...FROM } })
    const body = aMail()
    // The end cannot be recorded the first time, as if the process had died after sending.
    await bank.owner.unsafe(`
      create function forget() returns trigger language plpgsql as $$ begin raise exception 'killed'; end $$;
      create trigger forget before update on mails for each row execute function forget()`)
    await bank.call(api.sendMail, { body }, IDENTITY)
    await eventually(() => smtp.received.length === 1)
    await bank.owner`drop trigger forget on mails`
    await eventually(async () => (await statusOf(bank, body.mail_id))?.status === 'SENT', 20_000)
    const ids = smtp.received.map(({ message }) => /^Message-ID: (.*)\r$/im.exec(message)?.[1])
    assert.deepEqual(ids, Array(2).fill(`<${body.mail_id}@bank.example>`))
  })

  test('in production without a mail server it waits, sealed, and is put into no mailbox', async (t) => {
    const bank = await openNotices(t, { profile: 'production' })
    const body = aMail()
    await bank.call(api.sendMail, { body }, IDENTITY)
    await eventually(async () => (await bank.owner`select 1 from jobs.job_common where state = 'retry'`).length === 1)
    assert.equal((await bank.owner`select 1 from mailbox`).length, 0)
    assert.equal((await statusOf(bank, body.mail_id))?.status, 'PENDING')
  })

  test('that was tried as often as it may be is FAILED and a dead letter', async (t) => {
    const bank = await openNotices(t, { profile: 'production' })
    const body = aMail()
    await bank.call(api.sendMail, { body }, IDENTITY)
    await eventually(async () => (await bank.owner`select 1 from jobs.job_common where state = 'retry'`).length === 1)
    await bank.owner`update jobs.job_common set retry_count = retry_limit, start_after = now() where state = 'retry'`
    await eventually(async () => (await statusOf(bank, body.mail_id))?.status === 'FAILED', 20_000)
    await eventually(
      async () => (await bank.owner`select 1 from jobs.job_common where name = 'outgoing-mail-dead'`).length === 1,
    )
    assert.equal((await bank.published(notificationFailed))[0]?.reason, 'GAVE_UP')
  })

  test('a mail server without a sender does not open', async (t) => {
    await assert.rejects(openNotices(t, { env: { BANKFLOW_SMTP_URL: 'smtp://127.0.0.1:25' } }), /BANKFLOW_MAIL_FROM/)
  })
})
