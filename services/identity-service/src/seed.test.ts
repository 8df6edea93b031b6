import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import { userVerified } from '#contracts/events/identity.ts'
import { newId } from '#libs/ids/ids.ts'
import { aUser, callerOf, openIdentity, refusalOf, signIn, tryLogin } from '../testing/people.ts'
import type { Own } from './config.ts'
import {
  createStaff,
  DEMO_PASSWORD,
  DEMO_USERS,
  inviteFirst,
  makeDemoCustomers,
  refuseDemoUsers,
  type Seeding,
  seedDemoUsers,
} from './seed.ts'

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
    await assert.rejects(refuseDemoUsers(seeding.database, own.vault), /holds demo users \(9\)/)
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

  test('staff of a sandbox have a password; those of a production bank are invited, and have none', async (t) => {
    const { bank, seeding } = await openSeeded(t)
    const person = { email: 'boss@bank.example', password: 'nine blue kettles', roles: ['admin'] as const }
    await createStaff(seeding, person)
    const caller = await callerOf(bank, await signIn(bank, person.email, { password: person.password }))
    assert.deepEqual([caller.roles, caller.customer_id], [['admin'], null])
    await assert.rejects(createStaff({ ...seeding, profile: 'production' }, person), /invite them/)
    await assert.rejects(createStaff(seeding, { ...person, email: 'BOSS@bank.example' }), /has a user already/)
    for (const password of ['password1234', 'liverpool2024'])
      assert.equal(
        await refusalOf(createStaff(seeding, { ...person, email: 'x@bank.example', password })),
        'PASSWORD_TOO_WEAK',
      )
    await assert.rejects(createStaff(seeding, { ...person, roles: ['customer'] }), /no customers/)
  })

  test('the first of a bank is invited once, by a token of which only a hash is kept', async (t) => {
    const { bank, seeding } = await openSeeded(t, 'production')
    const first = { email: 'boss@bank.example', roles: ['admin'] as const }
    const { token, expires_at } = await inviteFirst(seeding, first)
    assert.match(token, /^[A-Za-z0-9_-]{43}$/)
    assert.ok(Math.abs(expires_at.getTime() - bank.clock.wall.now().getTime() - 86_400_000) < 60_000)
    const stored = JSON.stringify([
      await bank.owner`select * from staff_invitations`,
      await bank.owner`select * from users`,
    ])
    assert.equal(stored.includes(token), false)
    await assert.rejects(inviteFirst(seeding, first), /has a user already/)
    for (const password of ['', ' ', 'nine blue kettles'])
      assert.notEqual(
        await refusalOf(tryLogin(bank, first.email, password)),
        'PASSKEY_REQUIRED',
        'no password is right',
      )
  })
})
