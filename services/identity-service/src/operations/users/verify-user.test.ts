import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import { userVerified } from '#contracts/events/identity.ts'
import { anonymous } from '#libs/contract/client.ts'
import type { ServiceTest } from '#libs/testing/service-test.ts'
import { codeTo, openIdentity, otherThan, refusalOf, register } from '../../../testing/people.ts'

const email = 'ann@example.com'
const verify = (bank: ServiceTest, code: string, to = email) =>
  bank.call(api.verifyUser, { body: { email: to, code } }, anonymous)

describe('verifyUser', () => {
  test('proves the address, once: the user becomes a customer under an id of its own', async (t) => {
    const bank = await openIdentity(t)
    await register(bank, email)
    const code = await codeTo(bank, email)
    const { reply } = await verify(bank, code, 'ANN@EXAMPLE.COM')
    assert.deepEqual([reply.is_verified, reply.roles, reply.email], [true, ['customer'], email])
    assert.ok(reply.customer_id)
    assert.notEqual(reply.customer_id, reply.user_id)
    assert.deepEqual(await bank.published(userVerified), [{ user_id: reply.user_id, channel: 'email' }])
    assert.equal(await refusalOf(verify(bank, code)), 'CODE_WRONG')
    assert.equal((await bank.published(userVerified)).length, 1)
  })

  test('who was made staff before proving the address does not become a customer by it', async (t) => {
    const bank = await openIdentity(t)
    await register(bank, email)
    await bank.owner`update users set roles = '{teller}'`
    const { reply } = await verify(bank, await codeTo(bank, email))
    assert.deepEqual([reply.is_verified, reply.roles, reply.customer_id], [true, ['teller'], null])
  })

  test('five wrong codes void the right one; unknown addresses and proved ones hear exactly the same', async (t) => {
    const bank = await openIdentity(t)
    await register(bank, email)
    const code = await codeTo(bank, email)
    await register(bank, 'proved@example.com')
    const proved = await codeTo(bank, 'proved@example.com')
    await verify(bank, proved, 'proved@example.com')
    for (const to of [email, 'nobody@example.com', 'proved@example.com']) {
      const heard: string[] = []
      for (let i = 0; i < 5; i++) heard.push(await refusalOf(verify(bank, otherThan(code), to)))
      heard.push(await refusalOf(verify(bank, to === email ? code : proved, to)))
      assert.deepEqual(heard, [...Array(5).fill('CODE_WRONG'), 'TOO_MANY_TRIES'], to)
    }
    await register(bank, email)
    const fresh = await codeTo(bank, email, 2)
    assert.equal((await verify(bank, fresh)).reply.is_verified, true)
  })

  test('parallel guesses are counted one by one', async (t) => {
    const bank = await openIdentity(t)
    await register(bank, email)
    const code = await codeTo(bank, email)
    const heard = await Promise.all(Array.from({ length: 12 }, () => refusalOf(verify(bank, otherThan(code)))))
    assert.equal(heard.filter((one) => one === 'CODE_WRONG').length, 5)
    assert.equal(await refusalOf(verify(bank, code)), 'TOO_MANY_TRIES')
  })

  test('the same right code from eight hands at once proves once', async (t) => {
    const bank = await openIdentity(t)
    await register(bank, email)
    const code = await codeTo(bank, email)
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => verify(bank, code)))
    assert.equal(results.filter((one) => one.status === 'fulfilled').length, 1)
    assert.equal((await bank.published(userVerified)).length, 1)
  })

  test('a code is worth nothing after its 15 minutes', async (t) => {
    const bank = await openIdentity(t)
    await register(bank, email)
    const code = await codeTo(bank, email)
    bank.clock.advance(900_001)
    assert.equal(await refusalOf(verify(bank, code)), 'CODE_WRONG')
    const [row] = await bank.owner`select is_verified from users`
    assert.equal(row?.is_verified, false)
  })
})
