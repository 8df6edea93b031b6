import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import * as factors from '#contracts/api/identity-factors.ts'
import { factorChanged, sessionRevoked } from '#contracts/events/identity.ts'
import { newId } from '#libs/ids/ids.ts'
import { EMAIL, enrolPhone, openWithAnn, PHONE, textsTo } from '../../../testing/factors.ts'
import { otherThan, PASSWORD, refusalOf, signIn, tryLogin } from '../../../testing/people.ts'
import { totpCode } from '../../totp.ts'

describe('confirmPhone', () => {
  test('turns the second factor on, shows recovery codes once, and ends other sessions', async (t) => {
    const { bank, user, caller } = await openWithAnn(t)
    const other = await signIn(bank)
    const { recovery_codes } = await enrolPhone(bank, caller)
    assert.equal(recovery_codes.length, 10)
    const { user_id } = user
    assert.deepEqual(await bank.published(factorChanged), [{ user_id, factor_type: 'SMS', change: 'ADDED' }])
    assert.deepEqual(await bank.published(sessionRevoked), [{ session_id: other.session_id, user_id }])
    const { reply } = await tryLogin(bank, EMAIL, PASSWORD)
    assert.deepEqual(reply.factors, ['SMS', 'RECOVERY_CODE'])
  })

  test('ends an enrolment that was begun when a password was enough', async (t) => {
    const { bank, caller } = await openWithAnn(t)
    const begun = (await bank.call(api.enrolTotp, { body: { password: PASSWORD } }, caller)).reply
    await enrolPhone(bank, caller)
    const body = { factor_id: begun.factor_id, code: totpCode(begun.secret, bank.clock.wall.now()) }
    assert.equal(await refusalOf(bank.call(api.confirmTotp, { body }, caller)), 'FACTOR_NOT_FOUND')
  })

  test('five wrong codes end it, late ones are wrong, and eight right ones at once confirm once', async (t) => {
    const { bank, caller } = await openWithAnn(t)
    const begin = async (count: number) => {
      const body = { phone: PHONE, password: PASSWORD }
      const { factor_id } = (await bank.call(factors.enrolPhone, { body }, caller)).reply
      const [text] = await textsTo(bank, PHONE, count)
      return { factor_id, code: text?.code as string }
    }
    const confirm = (body: { factor_id: string; code: string }) => bank.call(factors.confirmPhone, { body }, caller)
    assert.equal(await refusalOf(confirm({ factor_id: newId(), code: '123456' })), 'FACTOR_NOT_FOUND')
    const first = await begin(1)
    const wrong = { ...first, code: otherThan(first.code) }
    for (let i = 0; i < 5; i++) assert.equal(await refusalOf(confirm(wrong)), 'CODE_WRONG')
    assert.equal(await refusalOf(confirm(first)), 'TOO_MANY_TRIES')
    const late = await begin(2)
    bank.clock.advance(900_001)
    assert.equal(await refusalOf(confirm(late)), 'CODE_WRONG')
    const right = await begin(3)
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => confirm(right)))
    assert.equal(results.filter((one) => one.status === 'fulfilled').length, 1)
  })
})
