import assert from 'node:assert/strict'
import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { describe, type TestContext, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import { userRegistered } from '#contracts/events/identity.ts'
import { anonymous } from '#libs/contract/client.ts'
import {
  aUser,
  codeTo,
  mailsTo,
  OTHER_PASSWORD,
  openIdentity,
  PASSWORD,
  refusalOf,
  register,
  tryLogin,
} from '../../../testing/people.ts'

/** Counts the password hashes from now on: equal work is shown by counting, never by timing. */
function countHashes(t: TestContext): () => number {
  const counted = t.mock.method(crypto, 'argon2')
  syncBuiltinESMExports()
  t.after(() => {
    counted.mock.restore()
    syncBuiltinESMExports()
  })
  return () => counted.mock.callCount()
}

describe('registerUser', () => {
  test('writes an unproved user in ciphertext, tells the event, and mails a code', async (t) => {
    const bank = await openIdentity(t)
    await register(bank, 'Ann@Example.com')
    const users = await bank.owner`select * from users`
    assert.equal(users.length, 1)
    const { user_id, is_verified, customer_id, roles } = users[0] as Record<string, unknown>
    assert.deepEqual([is_verified, customer_id, roles], [false, null, []])
    assert.doesNotMatch(JSON.stringify(users).toLowerCase(), /ann@example|"ann"|seven green/)
    assert.deepEqual(await bank.published(userRegistered), [{ user_id }])
    const [mail] = await mailsTo(bank, 'ann@example.com', 1)
    assert.match(mail?.code ?? '', /^\d{8}$/)
    const stored = JSON.stringify([
      await bank.owner`select data, output from jobs.job_common`,
      await bank.owner`select * from one_time_codes`,
      await bank.owner`select * from outbox`,
      await bank.owner`select * from audit_outbox`,
    ])
    assert.doesNotMatch(stored, new RegExp(`${mail?.code}|ann@example`, 'i'))
  })

  test('answers the same, with the same work, for an unknown, an unproved and a proved address', async (t) => {
    const bank = await openIdentity(t)
    const hashes = countHashes(t)
    await register(bank, 'ann@example.com')
    assert.equal(hashes(), 1)
    await register(bank, 'ann@example.com')
    assert.equal(hashes(), 2)
    const body = { email: 'ann@example.com', code: await codeTo(bank, 'ann@example.com', 2) }
    await bank.call(api.verifyUser, { body }, anonymous)
    await register(bank, 'ANN@example.com', OTHER_PASSWORD)
    assert.equal(hashes(), 3)
    const [newest] = await mailsTo(bank, 'ann@example.com', 3)
    assert.deepEqual([newest?.subject, newest?.code], ['You already have an account', null])
    assert.equal((await bank.published(userRegistered)).length, 1)
    assert.equal((await tryLogin(bank, 'ann@example.com', PASSWORD)).reply.status, 'SIGNED_IN')
    assert.equal(await refusalOf(tryLogin(bank, 'ann@example.com', OTHER_PASSWORD)), 'CREDENTIALS_WRONG')
  })

  test('two passwords for one unproved address: neither signs in, whoever proves it chooses one by mail', async (t) => {
    for (const [first, second] of [
      [PASSWORD, OTHER_PASSWORD],
      [OTHER_PASSWORD, PASSWORD],
    ] as const) {
      const email = `${first.split(' ')[0]}@example.com`
      const bank = await openIdentity(t)
      await register(bank, email, first)
      await register(bank, email, second)
      const code = await codeTo(bank, email, 2)
      await bank.call(api.verifyUser, { body: { email, code } }, anonymous)
      assert.equal(await refusalOf(tryLogin(bank, email, first)), 'CREDENTIALS_WRONG')
      assert.equal(await refusalOf(tryLogin(bank, email, second)), 'CREDENTIALS_WRONG')
      const [mail] = await mailsTo(bank, email, 3)
      assert.equal(mail?.subject, 'Set a new password')
      const chosen = { email, code: mail?.code as string, password: 'chosen by the owner' }
      await bank.call(api.resetPassword, { body: chosen }, anonymous)
      assert.equal((await tryLogin(bank, email, 'chosen by the owner')).reply.status, 'SIGNED_IN')
    }
  })

  test('registering again with the same password only sends a new code, which voids the old', async (t) => {
    const bank = await openIdentity(t)
    await register(bank, 'ann@example.com')
    const old = await codeTo(bank, 'ann@example.com')
    await register(bank, 'ann@example.com')
    const code = await codeTo(bank, 'ann@example.com', 2)
    const verify = (one: string) =>
      bank.call(api.verifyUser, { body: { email: 'ann@example.com', code: one } }, anonymous)
    if (old !== code) assert.equal(await refusalOf(verify(old)), 'CODE_WRONG')
    await verify(code)
    assert.equal((await tryLogin(bank, 'ann@example.com', PASSWORD)).reply.status, 'SIGNED_IN')
  })

  test('one address registered eight times at once is one user', async (t) => {
    const bank = await openIdentity(t)
    await Promise.all(Array.from({ length: 8 }, () => register(bank, 'ann@example.com')))
    const [row] = await bank.owner`select count(*)::int as users, bool_or(is_contested) as contested from users`
    assert.deepEqual({ ...row }, { users: 1, contested: false })
    assert.equal((await bank.published(userRegistered)).length, 1)
  })

  test('refuses a weak password before anything is written', async (t) => {
    const bank = await openIdentity(t)
    const weak = ['password1234', 'aaaaaaaaaaaa', 'abcdefghijkl', 'ann.example2026!', 'abcabcabcabc', 'qwertyuiop[]']
    for (const password of weak)
      assert.equal(
        await refusalOf(
          bank.call(
            api.registerUser,
            { body: { email: 'ann.example@example.com', password, first_name: 'A', last_name: 'B' } },
            anonymous,
          ),
        ),
        'PASSWORD_TOO_WEAK',
        password,
      )
    assert.equal((await bank.owner`select 1 from users`).length, 0)
  })

  test('keeps SQL and script text in a name as it was typed', async (t) => {
    const bank = await openIdentity(t)
    const body = {
      email: `o'ann+"x@example.com`,
      password: `'; drop table users; --`,
      first_name: `Robert'); drop table users; --`,
      last_name: '<script>alert(1)</script> %s {{7*7}}',
    }
    await bank.call(api.registerUser, { body }, anonymous)
    const code = await codeTo(bank, body.email)
    const { reply } = await bank.call(api.verifyUser, { body: { email: body.email, code } }, anonymous)
    assert.deepEqual([reply.first_name, reply.last_name, reply.email], [body.first_name, body.last_name, body.email])
    assert.equal((await tryLogin(bank, body.email, body.password)).reply.status, 'SIGNED_IN')
  })

  test('mails nobody more than the hourly bound, and says so to nobody', async (t) => {
    const bank = await openIdentity(t, { env: { BANKFLOW_MAILS_PER_HOUR: '2' } })
    const user = await aUser(bank)
    await register(bank, user.email)
    await register(bank, user.email)
    assert.equal((await bank.owner`select 1 from jobs.job_common where name = 'outgoing-mail'`).length, 2)
  })
})
