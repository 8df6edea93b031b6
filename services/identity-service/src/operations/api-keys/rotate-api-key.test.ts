import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { revokeApiKey, rotateApiKey } from '#contracts/api/identity-api-keys.ts'
import type { Caller } from '#libs/contract/client.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer } from '#libs/testing/callers.ts'
import type { ServiceTest } from '#libs/testing/service-test.ts'
import { aBusiness, makeKey, resolveKey } from '../../../testing/api-keys.ts'
import { openIdentity, PASSWORD, refusalOf } from '../../../testing/people.ts'

const rotate = async (bank: ServiceTest, caller: Caller, key_id: string, body: object = {}) =>
  (await bank.call(rotateApiKey, { params: { key_id }, body: { password: PASSWORD, ...body } }, caller)).reply

describe('rotateApiKey', () => {
  test('the secret of before is good for a day at most, and the one before that no more', async (t) => {
    const bank = await openIdentity(t)
    const { caller } = await aBusiness(bank)
    const { key, secret: first } = await makeKey(bank, caller)
    const { secret: second, key: rotated } = await rotate(bank, caller, key.key_id)
    assert.equal(rotated.key_id, key.key_id)
    assert.ok(rotated.old_secret_until)
    for (const secret of [first, second]) assert.notEqual(await resolveKey(bank, secret), null)
    const { secret: third } = await rotate(bank, caller, key.key_id)
    assert.equal(await resolveKey(bank, first), null)
    for (const secret of [second, third]) assert.notEqual(await resolveKey(bank, secret), null)
    bank.clock.advance(86_400_000)
    assert.equal(await resolveKey(bank, second), null)
    assert.notEqual(await resolveKey(bank, third), null)
    const { secret: last, key: alone } = await rotate(bank, caller, key.key_id, { keep_old_for_s: 0 })
    assert.deepEqual([await resolveKey(bank, third), alone.old_secret_until], [null, null])
    assert.notEqual(await resolveKey(bank, last), null)
  })

  test('of eight at once each is good or was replaced: one secret is present, at most one of before', async (t) => {
    const bank = await openIdentity(t)
    const { caller } = await aBusiness(bank)
    const { key } = await makeKey(bank, caller)
    const strong = { ...caller, acr: '2', auth_time: Math.floor(Date.now() / 1000) }
    const all = await Promise.all(Array.from({ length: 8 }, () => rotate(bank, strong, key.key_id)))
    const good = await Promise.all(all.map(({ secret }) => resolveKey(bank, secret)))
    assert.equal(good.filter((token) => token !== null).length, 2)
  })

  test('takes what making one takes; not a key that is over, nor that of somebody else', async (t) => {
    const bank = await openIdentity(t)
    const { caller } = await aBusiness(bank)
    const { key, secret } = await makeKey(bank, caller)
    const weak = bank.call(rotateApiKey, { params: { key_id: key.key_id }, body: {} }, caller)
    assert.equal(await refusalOf(weak), 'STEP_UP_REQUIRED')
    assert.equal(await refusalOf(rotate(bank, caller, newId())), 'API_KEY_NOT_FOUND')
    const fresh = { acr: '2', auth_time: Math.floor(Date.now() / 1000) }
    assert.equal(await refusalOf(rotate(bank, aCustomer(fresh), key.key_id)), 'API_KEY_NOT_FOUND')
    await bank.call(revokeApiKey, { params: { key_id: key.key_id } }, caller)
    assert.equal(await refusalOf(rotate(bank, caller, key.key_id)), 'API_KEY_OVER')
    assert.equal(await resolveKey(bank, secret), null)
  })
})
