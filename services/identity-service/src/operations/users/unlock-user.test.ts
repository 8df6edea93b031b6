import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import { unlockUser } from '#contracts/api/identity-proposals.ts'
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
import { cleo, decide, giveRoles } from '../../../testing/proposals.ts'

const email = 'ann@example.com'
const unlock = (bank: ServiceTest, user_id: string, caller: Caller = aStaffMember('support')) =>
  bank.call(unlockUser, { params: { user_id }, body: { reason: 'called in, proved by video' } }, caller)

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
    const { reply } = await unlock(bank, user_id)
    assert.deepEqual([reply.status, reply.proposal], ['UNLOCKED', null])
    for (let i = 0; i < 4; i++) await refusalOf(tryLogin(bank, email, OTHER_PASSWORD))
    await signIn(bank)
    await signIn(bank, email, { device_id })
    assert.equal((await bank.owner`select 1 from known_devices`).length, 1)
    const [change] = (await changesBy(bank, 'unlockUser')) as { before: Record<string, unknown>; after: object }[]
    assert.equal(change?.before.failed_login_attempts, 5)
    const reason = 'called in, proved by video'
    assert.deepEqual(change?.after, { failed_login_attempts: 0, locked_until: null, reason })
  })

  test('a lock of a device that stands until somebody ends it takes a second person as well', async (t) => {
    const bank = await openIdentity(t)
    const { user_id } = await aUser(bank)
    const device_id = 'own-laptop'
    await signIn(bank, email, { device_id })
    await bank.owner`update known_devices set failures = 29`
    await refusalOf(tryLogin(bank, email, OTHER_PASSWORD, { device_id }))
    const { status, proposal } = (await unlock(bank, user_id)).reply
    assert.equal(status, 'PROPOSED')
    assert.equal(await refusalOf(tryLogin(bank, email, PASSWORD, { device_id })), 'ACCOUNT_LOCKED')
    assert.ok(proposal)
    await decide(bank, proposal, 'approve', cleo)
    await signIn(bank, email, { device_id })
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

  test('a lock of staff, and one that stands until somebody ends it, take a second person', async (t) => {
    const bank = await openIdentity(t)
    const [ann, tom] = [await aUser(bank), await aUser(bank, 'tom@example.com')]
    await giveRoles(bank, tom.user_id, 'teller')
    await refusalOf(tryLogin(bank, email, OTHER_PASSWORD))
    await refusalOf(tryLogin(bank, 'tom@example.com', OTHER_PASSWORD))
    const until = new Date(bank.clock.wall.now().getTime() + 86_400_000)
    await bank.owner`update address_attempts set failures = 30, locked_until = ${until} where kind = 'LOGIN'`
    await bank.owner`update users set failed_login_attempts = 30, locked_until = ${until} where user_id = ${ann.user_id}`
    for (const [user_id, address] of [
      [ann.user_id, email],
      [tom.user_id, 'tom@example.com'],
    ] as const) {
      const { reply } = await unlock(bank, user_id)
      assert.equal(reply.status, 'PROPOSED')
      assert.equal(await refusalOf(tryLogin(bank, address, PASSWORD)), 'ACCOUNT_LOCKED')
      assert.ok(reply.proposal)
      await decide(bank, reply.proposal, 'approve', cleo)
      await signIn(bank, address)
    }
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
