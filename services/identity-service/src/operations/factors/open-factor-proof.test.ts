import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import * as factors from '#contracts/api/identity-factors.ts'
import { anonymous } from '#libs/contract/client.ts'
import { codeProof, enrolPhone, openWithAnn, openWithTotp } from '../../../testing/factors.ts'
import { callerOf, PASSWORD, refusalOf } from '../../../testing/people.ts'

describe('openFactorProof', () => {
  test('offers what is strong enough to change factors: no text message, no mail', async (t) => {
    const { bank, caller, strong } = await openWithTotp(t)
    await enrolPhone(bank, caller, await strong())
    const { reply } = await bank.call(factors.openFactorProof, {}, caller)
    assert.deepEqual(reply.factors, ['TOTP', 'RECOVERY_CODE'])
    const ask = { params: { challenge_id: reply.challenge_id }, body: { factor: 'SMS' as const } }
    assert.equal(await refusalOf(bank.call(factors.offerFactorProof, ask, caller)), 'FACTOR_NOT_OFFERED')
  })

  test('is for who has a factor, signed in', async (t) => {
    const { bank, caller } = await openWithAnn(t)
    assert.equal(await refusalOf(bank.call(factors.openFactorProof, {}, caller)), 'FACTOR_MISSING')
    assert.equal(await refusalOf(bank.call(factors.openFactorProof, {}, anonymous)), 'UNAUTHENTICATED')
  })

  test('a proof is the session’s that began it, is no sign-in, and a sign-in is no proof', async (t) => {
    const { bank, caller, factor, freshCode } = await openWithTotp(t)
    const proof = await codeProof(bank, caller, freshCode())
    assert.equal(await refusalOf(bank.call(api.verifyFactor, { body: proof }, anonymous)), 'CHALLENGE_GONE')
    const login = { email: 'ann@example.com', password: PASSWORD }
    const half = (await bank.call(api.login, { body: login }, anonymous)).reply
    const swapped = { password: PASSWORD, proof: { challenge_id: half.challenge_id as string, code: freshCode() } }
    const remove = (body: object, by = caller) =>
      bank.call(factors.removeFactor, { params: { factor_id: factor.factor_id }, body }, by)
    assert.equal(await refusalOf(remove(swapped)), 'CHALLENGE_GONE')
    const done = { challenge_id: half.challenge_id as string, code: freshCode() }
    const elsewhere = await callerOf(bank, (await bank.call(api.verifyFactor, { body: done }, anonymous)).reply)
    const stolen = { password: PASSWORD, proof: await codeProof(bank, caller, freshCode()) }
    assert.equal(await refusalOf(remove(stolen, elsewhere)), 'CHALLENGE_GONE')
  })

  test('one proof makes one change, whatever comes at once', async (t) => {
    const { bank, caller, strong } = await openWithTotp(t)
    const body = await strong()
    const calls = Array.from({ length: 8 }, () => bank.call(factors.replaceRecoveryCodes, { body }, caller))
    const results = await Promise.allSettled(calls)
    assert.equal(results.filter((one) => one.status === 'fulfilled').length, 1)
  })
})
