import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import { userVerified } from '#contracts/events/identity.ts'
import { anonymous } from '#libs/contract/client.ts'
import { newId } from '#libs/ids/ids.ts'
import { aUser, callerOf, openIdentity, refusalOf, signIn, tryLogin } from '../testing/people.ts'
import type { Own } from './config.ts'
import {
  createStaff,
  DEMO_PASSWORD,
  DEMO_USERS,
  makeDemoCustomers,
  refuseDemoUsers,
  type Seeding,
  seedDemoUsers,
} from './seed.ts'
import { totpCode } from './totp.ts'

/** Identity with the means to seed it: the same database and keys. */
async function openSeeded(t: TestContext, profile: 'sandbox' | 'production' = 'sandbox') {
  const opened: { seeding?: Seeding; own?: Own } = {}
  const bank = await openIdentity(t, { profile }, (opening, own) => {
    const { database, keys, clock } = opening
    opened.seeding = { database, keys, clock, profile }
    opened.own = own
  })
  assert.ok(opened.seeding && opened.own)
  return { bank, seeding: opened.seeding, own: opened.own }
}

describe('seeding', () => {
  test('the demo users sign in with their roles; only customers have a customer_id; twice makes none twice', async (t) => {
    const { bank, seeding } = await openSeeded(t)
    assert.equal(await seedDemoUsers(seeding), DEMO_USERS.length)
    assert.equal(await seedDemoUsers(seeding), 0)
    for (const { email, roles } of DEMO_USERS) {
      const caller = await callerOf(bank, await signIn(bank, email, { password: DEMO_PASSWORD }))
      assert.deepEqual(caller.roles, [...roles].sort())
      assert.equal(caller.customer_id !== null, roles.includes('customer'), email)
      const { reply } = await bank.call(api.getMe, {}, caller)
      assert.deepEqual([reply.email, reply.is_verified], [email, true])
    }
    const hashes = await bank.owner`select distinct password_hash from users`
    assert.equal(hashes.length, DEMO_USERS.length, 'each has a salt of its own')
    assert.equal((await bank.published(userVerified)).length, DEMO_USERS.length)
  })

  test('production makes no demo users, and does not start on a database that has them', async (t) => {
    const { bank, seeding, own } = await openSeeded(t)
    await assert.rejects(seedDemoUsers({ ...seeding, profile: 'production' }), /never made in production/)
    await aUser(bank)
    await refuseDemoUsers(seeding.database, own.vault)
    await seedDemoUsers(seeding)
    await assert.rejects(refuseDemoUsers(seeding.database, own.vault), /holds demo users \(8\)/)
  })

  test('customers of the demo bank are proved, keep the ids that they were given, and are made once', async (t) => {
    const { bank, seeding } = await openSeeded(t)
    const people = Array.from({ length: 20 }, (_, i) => ({
      email: `customer${i + 1}@demo.bankflow.test`,
      first_name: 'Dee',
      last_name: `Demo${i + 1}`,
      customer_id: newId(),
    }))
    await seedDemoUsers(seeding)
    assert.equal(await makeDemoCustomers(seeding, people), 18, 'two of them are demo users already')
    assert.equal(await makeDemoCustomers(seeding, people), 0)
    const last = people[19] as (typeof people)[number]
    const caller = await callerOf(bank, await signIn(bank, last.email, { password: DEMO_PASSWORD }))
    assert.deepEqual([caller.roles, caller.customer_id], [['customer'], last.customer_id])
    await assert.rejects(makeDemoCustomers({ ...seeding, profile: 'production' }, people), /never made in production/)
  })

  test('staff of a production bank sign in with the authenticator they were made with', async (t) => {
    const { bank, seeding } = await openSeeded(t, 'production')
    const made = await createStaff(seeding, { email: 'boss@bank.example', roles: ['admin'], enrolTotp: true })
    assert.match(made.otpauth_uri ?? '', /^otpauth:\/\/totp\/BankFlow:boss%40bank\.example/)
    const { reply } = await tryLogin(bank, 'boss@bank.example', made.password)
    assert.equal(reply.status, 'MFA_REQUIRED')
    const code = totpCode(made.secret as string, bank.clock.wall.now())
    const body = { challenge_id: reply.challenge_id as string, code }
    const tokens = (await bank.call(api.verifyFactor, { body }, anonymous)).reply
    const caller = await callerOf(bank, tokens)
    assert.deepEqual([caller.roles, caller.customer_id, caller.amr], [['admin'], null, ['pwd', 'otp']])
    const again = createStaff(seeding, { email: 'BOSS@bank.example', roles: ['admin'], enrolTotp: true })
    await assert.rejects(again, /has a user already/)
    const weak = { email: 'x@bank.example', password: 'password1234', roles: ['admin'] as const, enrolTotp: true }
    assert.equal(await refusalOf(createStaff(seeding, weak)), 'PASSWORD_TOO_WEAK')
    const customer = { email: 'x@bank.example', roles: ['customer'] as const, enrolTotp: false }
    await assert.rejects(createStaff(seeding, customer), /no customers/)
  })
})
