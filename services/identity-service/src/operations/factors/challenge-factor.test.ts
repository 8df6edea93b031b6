import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as devices from '#contracts/api/identity-devices.ts'
import * as factors from '#contracts/api/identity-factors.ts'
import { newId } from '#libs/ids/ids.ts'
import {
  codeProof,
  EMAIL,
  enrolPasskey,
  enrolPhone,
  halfSignIn,
  offer,
  openWithAnn,
  openWithTotp,
  PHONE,
  textsTo,
  verify,
} from '../../../testing/factors.ts'
import { callerOf, mailsTo, OTHER_PASSWORD, otherThan, PASSWORD, refusalOf, tryLogin } from '../../../testing/people.ts'

describe('challengeFactor', () => {
  test('a text message: six digits for this sign-in alone, and eight hands at once sign in once', async (t) => {
    const { bank, caller } = await openWithAnn(t)
    await enrolPhone(bank, caller)
    const challenge_id = await halfSignIn(bank)
    const offered = await offer(bank, challenge_id, 'SMS')
    assert.equal(offered.sent_to, '+49•••••••••78')
    const [{ code, text } = { code: '', text: '' }] = await textsTo(bank, PHONE, 2)
    assert.match(text, /^Your BankFlow code is \d{6}, good for 5 minutes/)
    const stored = JSON.stringify(await bank.owner`select * from challenge_codes`)
    assert.equal(stored.includes(code), false)
    const other = await halfSignIn(bank)
    assert.equal(await refusalOf(verify(bank, other, { code })), 'CODE_WRONG')
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => verify(bank, challenge_id, { code })))
    const won = results.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    assert.equal(won.length, 1)
    const signed = await callerOf(bank, won[0] as (typeof won)[number])
    assert.deepEqual([signed.amr, signed.acr], [['pwd', 'otp', 'sms'], '2'])
  })

  test('a passkey as the second factor: eight uses of one assertion sign in once', async (t) => {
    const { bank, caller } = await openWithAnn(t)
    const { authenticator } = await enrolPasskey(bank, caller)
    const challenge_id = await halfSignIn(bank)
    const { passkey_options } = await offer(bank, challenge_id, 'PASSKEY')
    assert.ok(passkey_options)
    assert.deepEqual(
      passkey_options.allowCredentials?.map(({ id }) => id),
      [authenticator.id],
    )
    const passkey = authenticator.get(passkey_options)
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => verify(bank, challenge_id, { passkey })))
    const won = results.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    assert.equal(won.length, 1)
    const signed = await callerOf(bank, won[0] as (typeof won)[number])
    assert.deepEqual(signed.amr, ['pwd', 'hwk', 'user'])
  })

  test('an assertion for one sign-in is worth nothing for another, and none counts that was not asked for', async (t) => {
    const { bank, caller } = await openWithAnn(t)
    const { authenticator } = await enrolPasskey(bank, caller)
    const one = await halfSignIn(bank)
    const two = await halfSignIn(bank)
    const { passkey_options } = await offer(bank, one, 'PASSKEY')
    assert.ok(passkey_options)
    const passkey = authenticator.get(passkey_options)
    assert.equal(await refusalOf(verify(bank, two, { passkey })), 'FACTOR_NOT_OFFERED')
    await offer(bank, two, 'PASSKEY')
    assert.equal(await refusalOf(verify(bank, two, { passkey })), 'CODE_WRONG')
    await verify(bank, one, { passkey: authenticator.get(passkey_options) })
  })

  test('a new code voids the one before, three are sent at most, and an hour has its bound', async (t) => {
    const { bank, caller } = await openWithAnn(t)
    await enrolPhone(bank, caller)
    const challenge_id = await halfSignIn(bank)
    await offer(bank, challenge_id, 'SMS')
    const [first] = await textsTo(bank, PHONE, 2)
    await offer(bank, challenge_id, 'SMS')
    const [second] = await textsTo(bank, PHONE, 3)
    if (first?.code !== second?.code)
      assert.equal(await refusalOf(verify(bank, challenge_id, { code: first?.code as string })), 'CODE_WRONG')
    await offer(bank, challenge_id, 'SMS')
    assert.equal(await refusalOf(offer(bank, challenge_id, 'SMS')), 'TOO_MANY_TRIES')
    await offer(bank, await halfSignIn(bank), 'SMS')
    assert.equal(await refusalOf(offer(bank, await halfSignIn(bank), 'SMS')), 'TOO_MANY_TRIES')
  })

  test('wrong text codes count with wrong passwords: five lock, and end the sign-in', async (t) => {
    const { bank, caller } = await openWithAnn(t)
    await enrolPhone(bank, caller)
    const challenge_id = await halfSignIn(bank)
    await offer(bank, challenge_id, 'SMS')
    const [{ code } = { code: '' }] = await textsTo(bank, PHONE, 2)
    for (let i = 0; i < 5; i++)
      assert.equal(await refusalOf(verify(bank, challenge_id, { code: otherThan(code) })), 'CODE_WRONG')
    assert.equal(await refusalOf(verify(bank, challenge_id, { code })), 'CHALLENGE_GONE')
    assert.equal(await refusalOf(tryLogin(bank, EMAIL, PASSWORD)), 'ACCOUNT_LOCKED')
  })

  test('what the user does not have is not offered, and an ended sign-in offers nothing', async (t) => {
    const { bank } = await openWithTotp(t)
    const challenge_id = await halfSignIn(bank)
    for (const factor of ['SMS', 'EMAIL', 'PASSKEY', 'PUSH', 'PASSWORD'] as const)
      assert.equal(await refusalOf(offer(bank, challenge_id, factor)), 'FACTOR_NOT_OFFERED', factor)
    assert.equal(await refusalOf(offer(bank, newId(), 'TOTP')), 'CHALLENGE_GONE')
    for (let i = 0; i < 5; i++) await refusalOf(tryLogin(bank, EMAIL, OTHER_PASSWORD))
    assert.equal(await refusalOf(offer(bank, challenge_id, 'TOTP')), 'CHALLENGE_GONE')
  })

  test('a mailed code completes a sign-in from a trusted device only: whoever has the mailbox resets the password, too', async (t) => {
    const { bank, caller, strong, freshCode } = await openWithTotp(t)
    await bank.call(factors.enrolEmail, { body: await strong() }, caller)
    const mails = (await mailsTo(bank, EMAIL, 1)).length
    const untrusted = await halfSignIn(bank, 'laptop-1')
    assert.equal(await refusalOf(offer(bank, untrusted, 'EMAIL')), 'FACTOR_NOT_OFFERED')
    const { items } = (await bank.call(devices.listDevices, {}, caller)).reply
    const params = { device_id: items[0]?.device_id as string }
    await bank.call(devices.changeDevice, { params, body: { is_trusted: true, ...(await strong()) } }, caller)
    const trusted = await halfSignIn(bank, 'laptop-1')
    assert.equal((await offer(bank, trusted, 'EMAIL')).sent_to, EMAIL)
    const [mail] = await mailsTo(bank, EMAIL, mails + 1)
    const signed = await callerOf(bank, await verify(bank, trusted, { code: mail?.code as string }))
    assert.deepEqual(signed.amr, ['pwd', 'otp', 'email'])
    assert.equal(await refusalOf(offer(bank, await halfSignIn(bank, 'other-device'), 'EMAIL')), 'FACTOR_NOT_OFFERED')
    assert.equal(
      await refusalOf(codeProof(bank, caller, freshCode()).then((proof) => offer(bank, proof.challenge_id, 'EMAIL'))),
      'CHALLENGE_GONE',
    )
  })
})
