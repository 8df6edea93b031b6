import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { endMyLock } from '#contracts/api/identity-sign-in.ts'
import { anonymous } from '#libs/contract/client.ts'
import {
  aUser,
  callerOf,
  changesBy,
  OTHER_PASSWORD,
  openIdentity,
  PASSWORD,
  refusalOf,
  signIn,
  tryLogin,
} from '../../../testing/people.ts'

const email = 'ann@example.com'
const device_id = 'own-laptop'

describe('endMyLock', () => {
  test('two factors end the lock that somebody else brought on the address, also one without an end; one does not', async (t) => {
    const bank = await openIdentity(t)
    await aUser(bank)
    const caller = await callerOf(bank, await signIn(bank, email, { device_id }))
    await refusalOf(tryLogin(bank, email, OTHER_PASSWORD))
    await bank.owner`update address_attempts set failures = 29`
    await refusalOf(tryLogin(bank, email, OTHER_PASSWORD))
    assert.equal(await refusalOf(tryLogin(bank, email, PASSWORD)), 'ACCOUNT_LOCKED')
    assert.equal(await refusalOf(bank.call(endMyLock, {}, caller)), 'STRONGER_SIGN_IN_REQUIRED')
    const strong = { ...caller, acr: '2', amr: ['hwk', 'user'] }
    assert.equal((await bank.call(endMyLock, {}, strong)).reply.email, email)
    await signIn(bank)
    const [change] = (await changesBy(bank, 'endMyLock')) as { before: Record<string, unknown> }[]
    assert.equal(change?.before.failed_login_attempts, 30)
    await bank.call(endMyLock, {}, strong)
  })

  test('is nothing for somebody who is not signed in', async (t) => {
    const bank = await openIdentity(t)
    assert.equal(await refusalOf(bank.call(endMyLock, {}, anonymous)), 'UNAUTHENTICATED')
  })

  test('meets sign-ins of the same moment without hanging', async (t) => {
    const bank = await openIdentity(t)
    await aUser(bank)
    const strong = { ...(await callerOf(bank, await signIn(bank))), acr: '2' }
    const guesses = Array.from({ length: 6 }, () => refusalOf(tryLogin(bank, email, OTHER_PASSWORD)))
    await Promise.all([...guesses, bank.call(endMyLock, {}, strong), bank.call(endMyLock, {}, strong)])
    await bank.call(endMyLock, {}, strong)
    await signIn(bank)
  })
})
