import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as factors from '#contracts/api/identity-factors.ts'
import { factorChanged } from '#contracts/events/identity.ts'
import { codeProof, halfSignIn, openWithAnn, openWithTotp, verify } from '../../../testing/factors.ts'
import { PASSWORD, refusalOf } from '../../../testing/people.ts'

describe('replaceRecoveryCodes', () => {
  test('the new list is good and the old one is not; the person is told', async (t) => {
    const { bank, user, caller, factor, strong } = await openWithTotp(t)
    const { recovery_codes } = (await bank.call(factors.replaceRecoveryCodes, { body: await strong() }, caller)).reply
    assert.equal(new Set([...recovery_codes, ...factor.recovery_codes]).size, 20)
    const old = { code: factor.recovery_codes[0] as string }
    assert.equal(await refusalOf(verify(bank, await halfSignIn(bank), old)), 'CODE_WRONG')
    await verify(bank, await halfSignIn(bank), { code: recovery_codes[0] as string })
    const told = (await bank.published(factorChanged)).at(-1)
    assert.deepEqual(told, { user_id: user.user_id, factor_type: 'RECOVERY_CODE', change: 'REPLACED' })
  })

  test('a recovery code works once, also from eight hands at once', async (t) => {
    const { bank, factor } = await openWithTotp(t)
    const code = factor.recovery_codes[0] as string
    const challenges: string[] = []
    for (let i = 0; i < 4; i++) challenges.push(await halfSignIn(bank))
    const calls = [...challenges, ...challenges].map((challenge_id) => verify(bank, challenge_id, { code }))
    const results = await Promise.allSettled(calls)
    assert.equal(results.filter((one) => one.status === 'fulfilled').length, 1)
  })

  test('neither a stolen session nor a stolen password gets a list; without a factor there is none', async (t) => {
    const { bank, caller, freshCode } = await openWithTotp(t)
    const replace = (body: object) => bank.call(factors.replaceRecoveryCodes, { body }, caller)
    assert.equal(await refusalOf(replace({})), 'FACTOR_REQUIRED')
    assert.equal(await refusalOf(replace({ password: PASSWORD })), 'FACTOR_REQUIRED')
    const proof = await codeProof(bank, caller, freshCode())
    assert.equal(await refusalOf(replace({ proof })), 'CREDENTIALS_WRONG')
    const plain = await openWithAnn(t)
    const body = { password: PASSWORD }
    const alone = plain.bank.call(factors.replaceRecoveryCodes, { body }, plain.caller)
    assert.equal(await refusalOf(alone), 'FACTOR_MISSING')
  })
})
