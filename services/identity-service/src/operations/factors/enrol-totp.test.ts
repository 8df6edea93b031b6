import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import type { Caller } from '#libs/contract/client.ts'
import type { ServiceTest } from '#libs/testing/service-test.ts'
import {
  aUser,
  callerOf,
  enrol,
  OTHER_PASSWORD,
  openIdentity,
  PASSWORD,
  refusalOf,
  signIn,
  tryLogin,
} from '../../../testing/people.ts'

const start = (bank: ServiceTest, caller: Caller, password = PASSWORD) =>
  bank.call(api.enrolTotp, { body: { password } }, caller)

describe('enrolTotp', () => {
  test('hands out a secret that is stored sealed and counts for nothing yet', async (t) => {
    const bank = await openIdentity(t)
    await aUser(bank)
    const caller = await callerOf(bank, await signIn(bank))
    const { reply } = await start(bank, caller)
    assert.match(reply.secret, /^[A-Z2-7]{32}$/)
    assert.match(reply.otpauth_uri, /^otpauth:\/\/totp\/BankFlow:ann%40example\.com\?/)
    assert.equal(JSON.stringify(await bank.owner`select * from factors`).includes(reply.secret), false)
    assert.equal((await tryLogin(bank, 'ann@example.com', PASSWORD)).reply.status, 'SIGNED_IN')
    const again = await start(bank, caller)
    assert.notEqual(again.reply.secret, reply.secret)
    assert.equal((await bank.owner`select 1 from factors`).length, 1)
  })

  test('refuses a second authenticator', async (t) => {
    const bank = await openIdentity(t)
    await aUser(bank)
    const caller = await callerOf(bank, await signIn(bank))
    await enrol(bank, caller)
    assert.equal(await refusalOf(start(bank, caller)), 'FACTOR_EXISTS')
  })

  test('wrong passwords count with those of the sign-in: a stolen token is no place to guess', async (t) => {
    const bank = await openIdentity(t)
    await aUser(bank)
    const caller = await callerOf(bank, await signIn(bank))
    for (let i = 0; i < 5; i++) assert.equal(await refusalOf(start(bank, caller, OTHER_PASSWORD)), 'CREDENTIALS_WRONG')
    assert.equal(await refusalOf(start(bank, caller)), 'CREDENTIALS_WRONG')
    assert.equal(await refusalOf(tryLogin(bank, 'ann@example.com', PASSWORD)), 'ACCOUNT_LOCKED')
    assert.equal((await bank.owner`select 1 from factors`).length, 0)
  })
})
