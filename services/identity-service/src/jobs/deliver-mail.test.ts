import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import { sendMail } from '#contracts/api/notification.ts'
import { anonymous, type Client } from '#libs/contract/client.ts'
import { newId } from '#libs/ids/ids.ts'
import { Fault, Problem, platformProblems } from '#libs/problem/problem.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { codeTo, mailsTo, openIdentity, register } from '../../testing/people.ts'
import { deliverMail, outgoingMail } from './deliver-mail.ts'

describe('deliverMail', () => {
  test('hands a mail on under the id of its job, in production too', async (t) => {
    const bank = await openIdentity(t, { profile: 'production' })
    await register(bank, 'ann@example.com')
    const [mail] = await mailsTo(bank, 'ann@example.com', 1)
    const [job] = await bank.owner<{ id: string }[]>`select id from jobs.job_common where name = ${outgoingMail.name}`
    assert.equal(mail?.mail_id, job?.id)
  })

  test('what is not taken waits sealed, is tried again under the same id, and then is sent', async (t) => {
    const bank = await openIdentity(t)
    const tried: string[] = []
    const codes: string[] = []
    bank.peer(sendMail, ({ body }) => {
      tried.push(body.mail_id)
      if (tried.length === 1) throw new Fault('notification-service is away')
      codes.push(body.text)
      return { mail_id: body.mail_id }
    })
    await register(bank, 'ann@example.com')
    await eventually(async () => {
      const [job] = await bank.owner`select state, data, output from jobs.job_common where name = ${outgoingMail.name}`
      assert.equal(job?.state, 'retry')
      assert.doesNotMatch(JSON.stringify(job), /ann@example|BankFlow code/)
    })
    await eventually(() => codes.length === 1)
    assert.deepEqual(tried, [tried[0], tried[0]])
  })

  test('a refusal that names the address reaches no log: only its code goes on', async () => {
    const to = 'ann@example.com'
    const refusing = {
      call: () => Promise.reject(new Problem(platformProblems.VALIDATION_FAILED, { detail: `${to} is no address` })),
    } as unknown as Client
    const item = { job_id: newId(), payload: { to, subject: 'x', text: 'y' }, attempt: 1 }
    await assert.rejects(deliverMail(refusing).work(item as never), (error: Error) => {
      assert.match(error.message, /VALIDATION_FAILED/)
      assert.doesNotMatch(`${error.stack} ${String(error.cause)}`, /ann@/)
      return true
    })
  })

  test('a new code comes in a new mail', async (t) => {
    const bank = await openIdentity(t)
    await register(bank, 'ann@example.com')
    const first = await codeTo(bank, 'ann@example.com')
    await bank.call(api.forgotPassword, { body: { email: 'ann@example.com' } }, anonymous)
    assert.notEqual(await codeTo(bank, 'ann@example.com', 2), first)
  })
})
