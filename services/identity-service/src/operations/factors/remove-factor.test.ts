import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import * as devices from '#contracts/api/identity-devices.ts'
import * as factors from '#contracts/api/identity-factors.ts'
import { factorChanged } from '#contracts/events/identity.ts'
import { anonymous } from '#libs/contract/client.ts'
import { newId } from '#libs/ids/ids.ts'
import {
  codeProof,
  EMAIL,
  enrolPasskey,
  enrolPhone,
  halfSignIn,
  openWithTotp,
  verify,
} from '../../../testing/factors.ts'
import {
  aUser,
  callerOf,
  changesBy,
  codeTo,
  mailsTo,
  OTHER_PASSWORD,
  PASSWORD,
  refusalOf,
  signIn,
  tryLogin,
} from '../../../testing/people.ts'

describe('removeFactor', () => {
  test('takes a factor by another that is left; other sessions end and the person is told', async (t) => {
    const { bank, user, caller, factor, strong } = await openWithTotp(t)
    const { passkey } = await enrolPasskey(bank, caller, { strength: await strong() })
    const other = await callerOf(
      bank,
      await verify(bank, await halfSignIn(bank), { code: factor.recovery_codes[0] as string }),
    )
    const remove = (factor_id: string, body: object) =>
      bank.call(factors.removeFactor, { params: { factor_id }, body }, caller)
    assert.equal((await remove(passkey.passkey_id, await strong())).reply.mfa_enabled, true)
    const told = (await bank.published(factorChanged)).at(-1)
    assert.deepEqual(told, { user_id: user.user_id, factor_type: 'PASSKEY', change: 'REMOVED' })
    const [ended] = await bank.owner`select status from sessions where session_id = ${other.session_id}`
    assert.equal(ended?.status, 'REVOKED')
    assert.deepEqual(await changesBy(bank, 'removeFactor'), [
      { before: { factor_id: passkey.passkey_id, factor_type: 'PASSKEY' }, after: null },
    ])
    assert.equal(await refusalOf(remove(newId(), await strong())), 'FACTOR_NOT_FOUND')
  })

  test('a lost authenticator is removed by a recovery code; with the last factor mail and recovery codes go', async (t) => {
    const { bank, caller, factor, strong } = await openWithTotp(t)
    await bank.call(factors.enrolEmail, { body: await strong() }, caller)
    const body = { password: PASSWORD, proof: await codeProof(bank, caller, factor.recovery_codes[2] as string) }
    const params = { factor_id: factor.factor_id }
    assert.equal((await bank.call(factors.removeFactor, { params, body }, caller)).reply.mfa_enabled, false)
    assert.deepEqual((await bank.call(api.listFactors, {}, caller)).reply, { items: [], recovery_codes_left: 0 })
    await signIn(bank)
  })

  test('with the last factor the trust in devices goes, which a later factor must not find again', async (t) => {
    const { bank, caller, factor, strong } = await openWithTotp(t)
    const [device] = (await bank.call(devices.listDevices, {}, caller)).reply.items
    const trusted = {
      params: { device_id: device?.device_id as string },
      body: { is_trusted: true, ...(await strong()) },
    }
    assert.equal((await bank.call(devices.changeDevice, trusted, caller)).reply.is_trusted, true)
    const body = await strong()
    await bank.call(factors.removeFactor, { params: { factor_id: factor.factor_id }, body }, caller)
    assert.equal((await bank.call(devices.listDevices, {}, caller)).reply.items[0]?.is_trusted, false)
  })

  test('a stolen session, a stolen password, and a stolen telephone number take none', async (t) => {
    const { bank, caller, factor, strong, freshCode } = await openWithTotp(t)
    await enrolPhone(bank, caller, await strong())
    const remove = (body: object) =>
      bank.call(factors.removeFactor, { params: { factor_id: factor.factor_id }, body }, caller)
    assert.equal(await refusalOf(remove({})), 'FACTOR_REQUIRED')
    assert.equal(await refusalOf(remove({ password: PASSWORD })), 'FACTOR_REQUIRED')
    const { challenge_id } = (await bank.call(factors.openFactorProof, {}, caller)).reply
    const bySms = { password: PASSWORD, proof: { challenge_id, code: '123456' } }
    assert.equal(await refusalOf(remove(bySms)), 'CODE_WRONG')
    const noPassword = { proof: await codeProof(bank, caller, freshCode()) }
    assert.equal(await refusalOf(remove(noPassword)), 'CREDENTIALS_WRONG')
    assert.equal((await bank.owner`select 1 from factors`).length, 2)
  })

  test('a stranger’s factor is none', async (t) => {
    const { bank, caller, factor, strong } = await openWithTotp(t)
    await aUser(bank, 'bob@example.com')
    const bob = await callerOf(bank, await signIn(bank, 'bob@example.com'))
    const call = bank.call(
      factors.removeFactor,
      { params: { factor_id: factor.factor_id }, body: { password: PASSWORD } },
      bob,
    )
    assert.equal(await refusalOf(call), 'FACTOR_NOT_FOUND')
    const { passkey } = await enrolPasskey(bank, caller, { strength: await strong() })
    const key = bank.call(
      factors.removeFactor,
      { params: { factor_id: passkey.passkey_id }, body: { password: PASSWORD } },
      bob,
    )
    assert.equal(await refusalOf(key), 'FACTOR_NOT_FOUND')
  })

  test('a new password by mail takes no factor: the sign-in after it is asked for one as before', async (t) => {
    const { bank } = await openWithTotp(t)
    const mails = (await mailsTo(bank, EMAIL, 1)).length
    await bank.call(api.forgotPassword, { body: { email: EMAIL } }, anonymous)
    const body = { email: EMAIL, code: await codeTo(bank, EMAIL, mails + 1), password: OTHER_PASSWORD }
    await bank.call(api.resetPassword, { body }, anonymous)
    const { reply } = await tryLogin(bank, EMAIL, OTHER_PASSWORD)
    assert.deepEqual([reply.status, reply.factors], ['MFA_REQUIRED', ['TOTP', 'RECOVERY_CODE']])
  })
})
