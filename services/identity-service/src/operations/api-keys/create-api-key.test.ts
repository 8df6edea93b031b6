import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createApiKey } from '#contracts/api/identity-api-keys.ts'
import { anonymous, type Caller } from '#libs/contract/client.ts'
import { stepUpDigest } from '#libs/http/step-up.ts'
import { newId } from '#libs/ids/ids.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import { aBusiness, callerByKey, makeKey, playAccounts } from '../../../testing/api-keys.ts'
import { changesBy, OTHER_PASSWORD, openIdentity, refusalOf, tryLogin } from '../../../testing/people.ts'

/** The same person a moment after two factors. */
const strong = (caller: Caller): Caller => ({ ...caller, acr: '2', auth_time: Math.floor(Date.now() / 1000) - 60 })
const looks = { name: 'Payroll', scopes: ['account_information' as const] }

describe('createApiKey', () => {
  test('makes a key that acts for its customer, and shows its secret this once', async (t) => {
    const bank = await openIdentity(t)
    const { caller, business } = await aBusiness(bank)
    const limits = { max_amount_cents: 10_000n, max_day_cents: 50_000n }
    const { key, secret } = await makeKey(bank, caller, { scopes: ['payments'], account_ids: [business], ...limits })
    assert.deepEqual(
      [key.status, key.name, key.account_ids, key.scopes],
      ['ACTIVE', 'Payroll', [business], ['payments']],
    )
    assert.ok(secret.startsWith(key.prefix))
    const by = await callerByKey(bank, secret)
    assert.deepEqual(
      [by.sub, by.customer_id, by.roles, by.client_id],
      [caller.sub, caller.customer_id, ['customer'], key.prefix],
    )
    assert.deepEqual(by.grant?.scopes, ['payments', 'payment_initiation'])
    assert.notEqual(by.session_id, caller.session_id)
    const [kept] = await bank.owner`
      select (select count(*) from api_key_secrets s where s::text like ${`%${secret.slice(37)}%`})
        + (select count(*) from api_keys k where k::text like '%Payroll%')
        + (select count(*) from idempotency_keys i where i::text like ${`%${secret}%`}) as count`
    assert.equal(Number(kept?.count), 0, 'neither the secret nor the name stand in the clear')
    assert.ok(
      !JSON.stringify(await changesBy(bank, 'createApiKey'), (_, v) => (typeof v === 'bigint' ? `${v}` : v)).includes(
        secret,
      ),
    )
  })

  test('a stolen session makes none: it takes two fresh factors, a proof for exactly this, or the password in a sandbox', async (t) => {
    const bank = await openIdentity(t)
    const { caller } = await aBusiness(bank)
    const make = (who: Caller, extra: object = {}) => bank.call(createApiKey, { body: { ...looks, ...extra } }, who)
    assert.equal(await refusalOf(make(caller)), 'STEP_UP_REQUIRED')
    const old = { ...strong(caller), auth_time: Math.floor(Date.now() / 1000) - 301 }
    assert.equal(await refusalOf(make(old)), 'STEP_UP_REQUIRED')
    assert.equal((await make(strong(caller))).status, 201)
    const digest = stepUpDigest('createApiKey', { params: {}, body: looks })
    const proved = {
      ...caller,
      proof: { proof_id: newId(), digest, amr: ['otp'], exp: Math.floor(Date.now() / 1000) + 60 },
    }
    assert.equal(await refusalOf(make(proved, { name: 'Other' })), 'STEP_UP_REQUIRED')
    const both = await Promise.allSettled([make(proved), make(proved)])
    assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
    assert.equal((await bank.owner`select 1 from api_keys`).count, 2)
  })

  test('wrong passwords are counted like a sign-in’s, and lock what they guess through', async (t) => {
    const bank = await openIdentity(t)
    const { caller } = await aBusiness(bank)
    for (let i = 0; i < 5; i++)
      assert.equal(await refusalOf(makeKey(bank, caller, { password: OTHER_PASSWORD })), 'CREDENTIALS_WRONG')
    assert.equal(await refusalOf(makeKey(bank, caller)), 'ACCOUNT_LOCKED')
    assert.equal(await refusalOf(tryLogin(bank, 'ann@example.com', 'whatever it may be')), 'ACCOUNT_LOCKED')
    assert.equal((await bank.owner`select 1 from api_keys`).count, 0)
  })

  test('in production no password does', async (t) => {
    const bank = await openIdentity(t, { profile: 'production' })
    const { caller } = await aBusiness(bank)
    assert.equal(await refusalOf(makeKey(bank, caller)), 'STEP_UP_REQUIRED')
    await bank.call(createApiKey, { body: looks }, strong(caller))
  })

  test('only for who manages a business account, and only for accounts that he may use so', async (t) => {
    const bank = await openIdentity(t)
    const { caller, business, savings } = await aBusiness(bank)
    const customer_id = caller.customer_id ?? ''
    const private_ = { account_id: savings, account_type: 'SAVINGS' as const }
    playAccounts(bank, [{ ...private_, owners: [{ customer_id, capabilities: ['view', 'debit', 'manage'] }] }])
    assert.equal(await refusalOf(makeKey(bank, caller)), 'BUSINESS_ONLY')
    const delegate = { account_id: business, account_type: 'BUSINESS' as const }
    playAccounts(bank, [{ ...delegate, owners: [{ customer_id, capabilities: ['view', 'debit'] }] }])
    assert.equal(await refusalOf(makeKey(bank, caller)), 'BUSINESS_ONLY')
    playAccounts(bank, [
      { ...delegate, owners: [{ customer_id, capabilities: ['view', 'manage'] }] },
      { account_id: savings, account_type: 'SAVINGS', owners: [{ customer_id: newId(), capabilities: ['view'] }] },
    ])
    await makeKey(bank, caller, { account_ids: [business] })
    const pays = { scopes: ['payments' as const], max_amount_cents: 1n, max_day_cents: 1n }
    for (const wish of [{ account_ids: [savings] }, { account_ids: [newId()] }, { ...pays, account_ids: [business] }])
      assert.equal(await refusalOf(makeKey(bank, caller, wish)), 'KEY_ACCOUNT_NOT_FOUND')
  })

  test('refuses limits and networks that are none, a key too many, staff, strangers, and another key', async (t) => {
    const bank = await openIdentity(t)
    const { caller } = await aBusiness(bank)
    assert.equal(await refusalOf(makeKey(bank, caller, { scopes: ['payments'] })), 'KEY_LIMITS_WRONG')
    assert.equal(await refusalOf(makeKey(bank, caller, { networks: ['somewhere'] })), 'NETWORK_WRONG')
    for (const who of [
      anonymous,
      aStaffMember('admin', 'support'),
      { ...aStaffMember('teller'), customer_id: newId() },
    ])
      assert.match(await refusalOf(makeKey(bank, who)), /^(UNAUTHENTICATED|FORBIDDEN)$/)
    const { secret } = await makeKey(bank, caller, { expires_in_days: 365 })
    assert.equal(await refusalOf(makeKey(bank, await callerByKey(bank, secret))), 'FORBIDDEN')
    const all = Array.from({ length: 24 }, () => bank.call(createApiKey, { body: looks }, strong(caller)))
    const made = (await Promise.allSettled(all)).filter(({ status }) => status === 'fulfilled')
    assert.equal(made.length, 19)
    assert.equal(await refusalOf(makeKey(bank, caller)), 'TOO_MANY_KEYS')
  })
})
