import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import { anonymous } from '#libs/contract/client.ts'
import type { ServiceTest } from '#libs/testing/service-test.ts'
import {
  aUser,
  codeTo,
  mailsTo,
  OTHER_PASSWORD,
  openIdentity,
  otherThan,
  refusalOf,
  register,
} from '../../../testing/people.ts'

const forgot = async (bank: ServiceTest, email: string) => {
  const { status, reply } = await bank.call(api.forgotPassword, { body: { email } }, anonymous)
  return [status, reply]
}

describe('forgotPassword', () => {
  test('answers the same for known and unknown addresses, and mails only the known one', async (t) => {
    const bank = await openIdentity(t)
    await aUser(bank)
    const accepted = [202, { status: 'ACCEPTED' }]
    assert.deepEqual(await forgot(bank, 'nobody@example.com'), accepted)
    assert.deepEqual(await forgot(bank, 'Ann@example.com'), accepted)
    const [mail] = await mailsTo(bank, 'ann@example.com', 2)
    assert.equal(mail?.subject, 'Set a new password')
    assert.match(mail?.code ?? '', /^\d{8}$/)
    assert.equal((await bank.owner`select 1 from jobs.job_common where name = 'outgoing-mail'`).length, 2)
  })

  test('asking beyond the hourly bound sends nothing and gives no new tries, to known and unknown addresses alike', async (t) => {
    const bank = await openIdentity(t, { env: { BANKFLOW_MAILS_PER_HOUR: '2' } })
    await aUser(bank)
    await forgot(bank, 'ann@example.com')
    await forgot(bank, 'ann@example.com')
    const code = await codeTo(bank, 'ann@example.com', 3)
    const reset = (email: string, one: string) =>
      bank.call(api.resetPassword, { body: { email, code: one, password: OTHER_PASSWORD } }, anonymous)
    await forgot(bank, 'nobody@example.com')
    await forgot(bank, 'nobody@example.com')
    for (const email of ['ann@example.com', 'nobody@example.com']) {
      for (let i = 0; i < 5; i++) assert.equal(await refusalOf(reset(email, otherThan(code))), 'CODE_WRONG')
      assert.deepEqual(await forgot(bank, email), [202, { status: 'ACCEPTED' }])
      assert.equal(await refusalOf(reset(email, code)), 'TOO_MANY_TRIES')
    }
    bank.clock.advance(3_600_001)
    await forgot(bank, 'ann@example.com')
    await reset('ann@example.com', await codeTo(bank, 'ann@example.com', 4))
  })

  test('where the address is not proved yet it sends the code that proves it', async (t) => {
    const bank = await openIdentity(t)
    await register(bank, 'ann@example.com')
    await codeTo(bank, 'ann@example.com')
    await forgot(bank, 'ann@example.com')
    const code = await codeTo(bank, 'ann@example.com', 2)
    const { reply } = await bank.call(api.verifyUser, { body: { email: 'ann@example.com', code } }, anonymous)
    assert.equal(reply.is_verified, true)
  })
})
