import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { deactivateUser } from '#contracts/api/identity.ts'
import { resolveApiKey } from '#contracts/api/identity-api-keys.ts'
import { aCustomer, aService, aStaffMember } from '#libs/testing/callers.ts'
import { aBusiness, callerByKey, makeKey, resolveKey } from '../../../testing/api-keys.ts'
import { openIdentity, refusalOf } from '../../../testing/people.ts'
import { giveRoles } from '../../../testing/proposals.ts'
import { newApiKeySecret } from '../../api-key-secret.ts'

describe('resolveApiKey', () => {
  test('a guess opens nothing, however near it is', async (t) => {
    const bank = await openIdentity(t)
    const { caller } = await aBusiness(bank)
    const { key, secret } = await makeKey(bank, caller)
    for (const guess of [
      '',
      'bfk_',
      secret.slice(0, -1),
      `${secret}x`,
      secret.toUpperCase(),
      newApiKeySecret(key.key_id),
    ])
      assert.equal(await resolveKey(bank, guess), null)
    assert.notEqual(await resolveKey(bank, secret), null)
  })

  test('opens from its networks alone, and from nowhere where the address is not known', async (t) => {
    const bank = await openIdentity(t)
    const { caller } = await aBusiness(bank)
    const { key, secret } = await makeKey(bank, caller, { networks: ['192.0.2.99/24', '2001:db8::/32'] })
    assert.deepEqual(key.networks, ['192.0.2.0/24', '2001:db8::/32'])
    for (const ip of ['192.0.2.7', '::ffff:192.0.2.7', '2001:db8::7'])
      assert.notEqual(await resolveKey(bank, secret, ip), null)
    for (const ip of ['192.0.3.7', '2001:db9::7', '::ffff:10.0.0.1', 'nowhere', '', null])
      assert.equal(await resolveKey(bank, secret, ip), null)
    const { secret: anywhere } = await makeKey(bank, caller)
    assert.notEqual(await resolveKey(bank, anywhere, null), null)
  })

  test('stands as long as it was made for, and notes to the minute when it was used', async (t) => {
    const bank = await openIdentity(t)
    const { caller } = await aBusiness(bank)
    const { secret } = await makeKey(bank, caller, { expires_in_days: 1 })
    const used = async () => (await bank.owner`select last_used_at from api_keys`)[0]?.last_used_at as Date | null
    assert.equal(await used(), null)
    await resolveKey(bank, secret)
    const first = await used()
    await resolveKey(bank, secret)
    assert.deepEqual(await used(), first)
    bank.clock.advance(86_400_000 - 30_000)
    const { expires_in_s } = await lifeOf(await callerToken())
    assert.ok(expires_in_s <= 30, `${expires_in_s} s`)
    bank.clock.advance(31_000)
    assert.equal(await resolveKey(bank, secret), null)

    async function callerToken(): Promise<string> {
      return (await resolveKey(bank, secret)) ?? ''
    }
    async function lifeOf(token: string): Promise<{ expires_in_s: number }> {
      const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<
        string,
        number
      >
      return { expires_in_s: (claims.exp ?? 0) - (claims.iat ?? 0) }
    }
  })

  test('ends with its user, and with his being that customer', async (t) => {
    const bank = await openIdentity(t)
    const { caller } = await aBusiness(bank)
    const { secret } = await makeKey(bank, caller)
    await bank.owner`update users set is_active = false`
    assert.equal(await resolveKey(bank, secret), null)
    await bank.owner`update users set is_active = true`
    await callerByKey(bank, secret)
    await giveRoles(bank, caller.sub ?? '', 'teller')
    assert.equal(await resolveKey(bank, secret), null)
    await giveRoles(bank, caller.sub ?? '', 'customer')
    assert.equal(await resolveKey(bank, secret), null, 'what was ended does not come back')
    const { secret: next } = await makeKey(bank, caller)
    await bank.call(deactivateUser, { params: { user_id: caller.sub ?? '' } }, aStaffMember('compliance'))
    assert.equal(await resolveKey(bank, next), null)
  })

  test('is for the gateway alone', async (t) => {
    const bank = await openIdentity(t)
    const input = { body: { key: 'bfk_', ip: null } }
    for (const who of [aCustomer(), aStaffMember('admin'), aService('account-service')])
      assert.equal(await refusalOf(bank.call(resolveApiKey, input, who)), 'FORBIDDEN')
  })
})
