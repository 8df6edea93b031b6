import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import { anonymous } from '#libs/contract/client.ts'
import type { ServiceTest } from '#libs/testing/service-test.ts'
import { aUser, codeTo, mailsTo, openIdentity, register } from '../../../testing/people.ts'

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
    assert.match(mail?.code ?? '', /^\d{6}$/)
    const [row] = await bank.owner`select count(*)::int as count from mails`
    assert.equal(row?.count, 2)
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
