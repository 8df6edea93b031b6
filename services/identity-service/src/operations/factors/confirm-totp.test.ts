import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import { factorChanged, sessionRevoked } from '#contracts/events/identity.ts'
import {
  aUser,
  callerOf,
  enrol,
  openIdentity,
  otherThan,
  PASSWORD,
  refusalOf,
  signIn,
} from '../../../testing/people.ts'
import { totpCode } from '../../totp.ts'

describe('confirmTotp', () => {
  test('turns the second factor on, shows ten recovery codes once, and ends the other sessions', async (t) => {
    const bank = await openIdentity(t)
    const user = await aUser(bank)
    const other = await signIn(bank)
    const caller = await callerOf(bank, await signIn(bank))
    const { recovery_codes } = await enrol(bank, caller)
    assert.equal(new Set(recovery_codes).size, 10)
    for (const code of recovery_codes) assert.match(code, /^[a-z0-9]{5}-[a-z0-9]{5}$/)
    const stored = JSON.stringify(await bank.owner`select * from recovery_codes`)
    assert.equal(
      recovery_codes.some((code) => stored.includes(code)),
      false,
    )
    assert.equal((await bank.call(api.getMe, {}, caller)).reply.mfa_enabled, true)
    const { user_id } = user
    assert.deepEqual(await bank.published(factorChanged), [{ user_id, factor_type: 'TOTP', change: 'ADDED' }])
    assert.deepEqual(await bank.published(sessionRevoked), [{ session_id: other.session_id, user_id }])
  })

  test('five wrong codes end the enrolment; an unknown, foreign or confirmed factor is not found', async (t) => {
    const bank = await openIdentity(t)
    await aUser(bank)
    await aUser(bank, 'bob@example.com')
    const caller = await callerOf(bank, await signIn(bank))
    const bob = await callerOf(bank, await signIn(bank, 'bob@example.com'))
    const { factor_id, secret } = (await bank.call(api.enrolTotp, { body: { password: PASSWORD } }, caller)).reply
    const right = totpCode(secret, bank.clock.wall.now())
    const confirm = (code: string, by = caller) => bank.call(api.confirmTotp, { body: { factor_id, code } }, by)
    assert.equal(await refusalOf(confirm(right, bob)), 'FACTOR_NOT_FOUND')
    for (let i = 0; i < 5; i++) assert.equal(await refusalOf(confirm(otherThan(right))), 'CODE_WRONG')
    assert.equal(await refusalOf(confirm(right)), 'TOO_MANY_TRIES')
    const done = await enrol(bank, caller)
    const again = { factor_id: done.factor_id, code: totpCode(done.secret, bank.clock.wall.now()) }
    assert.equal(await refusalOf(bank.call(api.confirmTotp, { body: again }, caller)), 'FACTOR_NOT_FOUND')
  })
})
