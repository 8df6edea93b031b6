import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { newId } from '#libs/ids/ids.ts'
import { openSmtpServer } from '../testing/smtp.ts'
import { type Outgoing, openPost, openSmtp } from './post.ts'

const from = 'no-reply@bank.example'
const aMessage = (): Outgoing => ({ to: 'planted@example.test', subject: 'x', text: 'y', message_id: newId() })

describe('mail by SMTP', () => {
  test('signs in with the user and password of the URL, decoded', async (t) => {
    const server = await openSmtpServer(t, { user: 'the bank', password: 'p@ss:word/1' })
    const url = server.url.replace('//', '//the%20bank:p%40ss%3Aword%2F1@')
    const smtp = openSmtp({ url, from, profile: 'sandbox' })
    t.after(smtp.close)
    await smtp.send(aMessage())
    assert.equal(server.received.length, 1)
  })

  test('a refused sign-in is ours to mend: it is no end of the message, and its error names nobody', async (t) => {
    const server = await openSmtpServer(t, { user: 'bank', password: 'right' })
    const smtp = openSmtp({ url: server.url.replace('//', '//bank:wrong-planted@'), from, profile: 'sandbox' })
    t.after(smtp.close)
    await assert.rejects(smtp.send(aMessage()), (error: Error) => {
      assert.equal(error.name, 'Error')
      assert.doesNotMatch(`${error.message} ${error.stack} ${String(error.cause)}`, /planted/)
      return true
    })
  })

  test('in production nothing goes to a server elsewhere that offers no encryption', async (t) => {
    const server = await openSmtpServer(t)
    // A spelling of this machine that is not taken for it.
    const url = server.url.replace('127.0.0.1', '[::ffff:127.0.0.1]')
    const smtp = openSmtp({ url, from, profile: 'production' })
    t.after(smtp.close)
    await assert.rejects(smtp.send(aMessage()), /could not be used: ETLS/)
    assert.equal(server.received.length, 0)
    const sandbox = openSmtp({ url, from, profile: 'sandbox' })
    t.after(sandbox.close)
    await sandbox.send(aMessage())
    assert.equal(server.received.length, 1)
  })

  test('a server that is away is worth another try', async (t) => {
    const smtp = openSmtp({ url: 'smtp://127.0.0.1:1', from, profile: 'sandbox' })
    t.after(smtp.close)
    await assert.rejects(smtp.send(aMessage()), { name: 'Error' })
  })

  test('of many letters to a server that is away each is told so, and one refused letter is no sign of that', async (t) => {
    const letters = Array.from({ length: 12 }, () => ({ ...aMessage(), channel: 'EMAIL' as const }))
    const mailbox = async (): Promise<void> => assert.fail('the mailbox is not asked')
    const away = openPost({ profile: 'sandbox', smtp_url: 'smtp://127.0.0.1:1', mail_from: from, mailbox })
    t.after(away.close)
    const unsent = await away.sendAll(letters)
    assert.deepEqual([...unsent.keys()].toSorted(), letters.map(({ message_id }) => message_id).toSorted())
    assert.ok([...unsent.values()].every((error) => error.name === 'Error'))
    const server = await openSmtpServer(t)
    server.answers.push(...Array(6).fill('later'))
    const there = openPost({ profile: 'sandbox', smtp_url: server.url, mail_from: from, mailbox })
    t.after(there.close)
    assert.equal((await there.sendAll(letters)).size, 6)
    assert.equal(server.received.length, 6)
  })
})
