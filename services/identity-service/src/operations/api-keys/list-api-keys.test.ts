import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listApiKeys, revokeApiKey } from '#contracts/api/identity-api-keys.ts'
import { aCustomer } from '#libs/testing/callers.ts'
import { aBusiness, makeKey } from '../../../testing/api-keys.ts'
import { openIdentity } from '../../../testing/people.ts'

describe('listApiKeys', () => {
  test('shows one’s own keys, the newest first, and no secret', async (t) => {
    const bank = await openIdentity(t)
    const { caller } = await aBusiness(bank)
    const first = await makeKey(bank, caller, { expires_in_days: 1 })
    const second = await makeKey(bank, caller, { name: 'Books' })
    const third = await makeKey(bank, caller)
    await bank.call(revokeApiKey, { params: { key_id: second.key.key_id } }, caller)
    bank.clock.advance(86_400_001)
    const { items } = (await bank.call(listApiKeys, {}, caller)).reply
    assert.deepEqual(items, [third.key, { ...second.key, status: 'REVOKED' }, { ...first.key, status: 'EXPIRED' }])
    for (const { secret } of [first, second, third]) assert.ok(!JSON.stringify(items).includes(secret))
    assert.deepEqual((await bank.call(listApiKeys, {}, aCustomer())).reply.items, [])
  })
})
