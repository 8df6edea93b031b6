import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import * as factors from '#contracts/api/identity-factors.ts'
import { enrolPhone, openWithAnn, openWithTotp, PHONE, textsTo } from '../../../testing/factors.ts'
import { OTHER_PASSWORD, PASSWORD, refusalOf, signIn, tryLogin } from '../../../testing/people.ts'

describe('enrolPhone', () => {
  test('sends a code, keeps number and code unreadable, and counts for nothing yet', async (t) => {
    const { bank, caller } = await openWithAnn(t)
    const { reply } = await bank.call(factors.enrolPhone, { body: { phone: PHONE, password: PASSWORD } }, caller)
    assert.equal(reply.sent_to, '+49•••••••••78')
    const [{ code, text } = { code: '', text: '' }] = await textsTo(bank, PHONE)
    assert.match(text, /^Use this telephone to sign in to BankFlow\. Your BankFlow code is \d{6}/)
    const stored = JSON.stringify([
      await bank.owner`select * from factors`,
      await bank.owner`select * from audit_outbox`,
    ])
    assert.equal(stored.includes(PHONE) || stored.includes(`"${code}"`), false)
    await signIn(bank)
  })

  test('takes the password, and a factor of one’s own where there is one', async (t) => {
    const { bank, caller } = await openWithTotp(t)
    const start = (body: object) => bank.call(factors.enrolPhone, { body: { phone: PHONE, ...body } }, caller)
    assert.equal(await refusalOf(start({ password: PASSWORD })), 'FACTOR_REQUIRED')
  })

  test('wrong passwords count with those of the sign-in', async (t) => {
    const { bank, caller } = await openWithAnn(t)
    const body = { phone: PHONE, password: OTHER_PASSWORD }
    for (let i = 0; i < 5; i++)
      assert.equal(await refusalOf(bank.call(factors.enrolPhone, { body }, caller)), 'CREDENTIALS_WRONG')
    const right = { phone: PHONE, password: PASSWORD }
    assert.equal(await refusalOf(bank.call(factors.enrolPhone, { body: right }, caller)), 'CREDENTIALS_WRONG')
    const { reply } = await tryLogin(bank, 'ann@example.com', PASSWORD)
    assert.equal(reply.status, 'SIGNED_IN', 'the lock is that of the device')
  })

  test('a second number waits until the first is removed; five an hour are asked for at most', async (t) => {
    const { bank, caller } = await openWithAnn(t)
    const start = (strength: object) => bank.call(factors.enrolPhone, { body: { phone: PHONE, ...strength } }, caller)
    for (let i = 0; i < 5; i++) await start({ password: PASSWORD })
    assert.equal(await refusalOf(start({ password: PASSWORD })), 'TOO_MANY_TRIES')
    bank.clock.advance(3_600_001)
    const { recovery_codes } = await enrolPhone(bank, caller)
    const proof = async () => {
      const { challenge_id } = (await bank.call(factors.openFactorProof, {}, caller)).reply
      return { challenge_id, code: recovery_codes[0] as string }
    }
    assert.equal(await refusalOf(start({ password: PASSWORD, proof: await proof() })), 'FACTOR_EXISTS')
    const { items } = (await bank.call(api.listFactors, {}, caller)).reply
    assert.deepEqual(
      items.map(({ factor_type, label }) => [factor_type, label]),
      [['SMS', '+49•••••••••78']],
    )
  })
})
