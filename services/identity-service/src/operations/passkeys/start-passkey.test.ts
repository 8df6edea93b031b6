import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as factors from '#contracts/api/identity-factors.ts'
import { codeProof, enrolPasskey, openWithAnn, openWithTotp } from '../../../testing/factors.ts'
import { OTHER_PASSWORD, otherThan, PASSWORD, refusalOf } from '../../../testing/people.ts'

describe('startPasskey', () => {
  test('asks for a key that is found without a name and verifies its owner, and leaves out what is registered', async (t) => {
    const { bank, user, caller, strong } = await openWithTotp(t)
    const { authenticator } = await enrolPasskey(bank, caller, { strength: await strong() })
    const { options } = (await bank.call(factors.startPasskey, { body: await strong() }, caller)).reply
    assert.deepEqual(options.authenticatorSelection, {
      residentKey: 'required',
      requireResidentKey: true,
      userVerification: 'required',
    })
    assert.deepEqual(
      options.excludeCredentials?.map(({ id }) => id),
      [authenticator.id],
    )
    assert.equal(Buffer.from(options.user.id, 'base64url').toString(), user.user_id)
    assert.equal(options.attestation, 'none')
  })

  test('a stolen session adds none: without the password, and with a factor of one’s own where there is one', async (t) => {
    const { bank, caller, freshCode } = await openWithTotp(t)
    const start = (body: object) => bank.call(factors.startPasskey, { body }, caller)
    assert.equal(await refusalOf(start({})), 'FACTOR_REQUIRED')
    assert.equal(await refusalOf(start({ password: PASSWORD })), 'FACTOR_REQUIRED')
    const noPassword = { proof: await codeProof(bank, caller, freshCode()) }
    assert.equal(await refusalOf(start(noPassword)), 'CREDENTIALS_WRONG')
    const wrongPassword = { password: OTHER_PASSWORD, proof: await codeProof(bank, caller, freshCode()) }
    assert.equal(await refusalOf(start(wrongPassword)), 'CREDENTIALS_WRONG')
    const wrongCode = { password: PASSWORD, proof: await codeProof(bank, caller, otherThan(freshCode())) }
    assert.equal(await refusalOf(start(wrongCode)), 'CODE_WRONG')
    assert.equal((await bank.owner`select 1 from passkey_ceremonies`).length, 0)
  })

  test('a first factor takes the password; a passkey that verified its owner is proof enough for the next', async (t) => {
    const { bank, caller } = await openWithAnn(t)
    assert.equal(await refusalOf(bank.call(factors.startPasskey, { body: {} }, caller)), 'CREDENTIALS_WRONG')
    const { authenticator } = await enrolPasskey(bank, caller)
    const { challenge_id } = (await bank.call(factors.openFactorProof, {}, caller)).reply
    const ask = { params: { challenge_id }, body: { factor: 'PASSKEY' as const } }
    const { passkey_options } = (await bank.call(factors.offerFactorProof, ask, caller)).reply
    assert.ok(passkey_options)
    const proof = { challenge_id, passkey: authenticator.get(passkey_options) }
    await enrolPasskey(bank, caller, { strength: { proof } })
    assert.equal(await refusalOf(bank.call(factors.startPasskey, { body: { proof } }, caller)), 'CHALLENGE_GONE')
  })

  test('a production bank without an origin offers no passkeys', async (t) => {
    const { bank, caller } = await openWithAnn(t, { profile: 'production' })
    const start = bank.call(factors.startPasskey, { body: { password: PASSWORD } }, caller)
    assert.equal(await refusalOf(start), 'FACTOR_NOT_OFFERED')
  })
})
