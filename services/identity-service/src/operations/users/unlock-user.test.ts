import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import { anonymous, type Caller } from '#libs/contract/client.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import type { ServiceTest } from '#libs/testing/service-test.ts'
import {
  aUser,
  changesBy,
  codeTo,
  OTHER_PASSWORD,
  openIdentity,
  PASSWORD,
  refusalOf,
  signIn,
  tryLogin,
} from '../../../testing/people.ts'

const email = 'ann@example.com'
const unlock = (bank: ServiceTest, user_id: string, caller: Caller = aStaffMember('support')) =>
  bank.call(api.unlockUser, { params: { user_id }, body: { reason: 'called in, proved by video' } }, caller)

describe('unlockUser', () => {
  test('ends the lock of the address and those of devices, which stay known', async (t) => {
    const bank = await openIdentity(t)
    const { user_id } = await aUser(bank)
    const device_id = 'own-laptop'
    await signIn(bank, email, { device_id })
    for (let i = 0; i < 5; i++) await refusalOf(tryLogin(bank, email, OTHER_PASSWORD))
    for (let i = 0; i < 5; i++) await refusalOf(tryLogin(bank, email, OTHER_PASSWORD, { device_id }))
    for (const extra of [{}, { device_id }])
      assert.equal(await refusalOf(tryLogin(bank, email, PASSWORD, extra)), 'ACCOUNT_LOCKED')
    const { status } = await unlock(bank, user_id)
    assert.equal(status, 200)
    for (let i = 0; i < 4; i++) await refusalOf(tryLogin(bank, email, OTHER_PASSWORD))
    await signIn(bank)
    await signIn(bank, email, { device_id })
    assert.equal((await bank.owner`select 1 from known_devices`).length, 1)
    const [change] = (await changesBy(bank, 'unlockUser')) as { before: Record<string, unknown>; after: object }[]
    assert.equal(change?.before.failed_login_attempts, 5)
    const reason = 'called in, proved by video'
    assert.deepEqual(change?.after, { failed_login_attempts: 0, locked_until: null, reason })
  })

  test('lifts the hundred wrong codes of the month: a right code is right again', async (t) => {
    const bank = await openIdentity(t)
    const { user_id } = await aUser(bank)
    await bank.call(api.forgotPassword, { body: { email } }, anonymous)
    const code = await codeTo(bank, email, 2)
    await bank.owner`
      insert into code_failures (email_hash, failures, window_start) select email_hash, 100, now() from users`
    const body = { email, code, password: OTHER_PASSWORD }
    assert.equal(await refusalOf(bank.call(api.resetPassword, { body }, anonymous)), 'CODE_WRONG')
    await unlock(bank, user_id)
    assert.deepEqual((await bank.call(api.resetPassword, { body }, anonymous)).reply, { status: 'ACCEPTED' })
  })

  test('sign-ins that come at the same time neither hang nor are forgotten for ever', async (t) => {
    const bank = await openIdentity(t)
    const { user_id } = await aUser(bank)
    const guesses = Array.from({ length: 6 }, () => refusalOf(tryLogin(bank, email, OTHER_PASSWORD)))
    await Promise.all([...guesses, unlock(bank, user_id), unlock(bank, user_id)])
    await unlock(bank, user_id)
    await signIn(bank)
  })

  test('is for admin and support, not about oneself, and about somebody', async (t) => {
    const bank = await openIdentity(t)
    const { user_id } = await aUser(bank)
    assert.equal(await refusalOf(unlock(bank, user_id, { ...aStaffMember('support'), sub: user_id })), 'OWN_USER')
    assert.equal(await refusalOf(unlock(bank, newId())), 'USER_NOT_FOUND')
    for (const caller of [aCustomer(), aStaffMember('teller', 'compliance')])
      assert.equal(await refusalOf(unlock(bank, user_id, caller)), 'FORBIDDEN')
  })
})
