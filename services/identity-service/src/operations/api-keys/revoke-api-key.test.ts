import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { revokeApiKey } from '#contracts/api/identity-api-keys.ts'
import { sessionRevoked } from '#contracts/events/identity.ts'
import { aCustomer } from '#libs/testing/callers.ts'
import { aBusiness, makeKey, resolveKey } from '../../../testing/api-keys.ts'
import { openIdentity, refusalOf, verifierOf } from '../../../testing/people.ts'

describe('revokeApiKey', () => {
  test('ends the key and the tokens that were made of it, by the feed that every verifier follows; twice is once', async (t) => {
    const bank = await openIdentity(t)
    const { caller } = await aBusiness(bank)
    const { key, secret } = await makeKey(bank, caller)
    const token = (await resolveKey(bank, secret)) ?? ''
    const verifier = verifierOf(bank)
    const { session_id } = await verifier.verify(token)
    const revoke = (who = caller) => bank.call(revokeApiKey, { params: { key_id: key.key_id } }, who)
    assert.equal(await refusalOf(revoke(aCustomer())), 'API_KEY_NOT_FOUND')
    assert.equal((await revoke()).status, 204)
    assert.equal((await revoke()).status, 204)
    await verifier.refresh()
    await assert.rejects(verifier.verify(token), { name: 'Problem' })
    assert.equal(await resolveKey(bank, secret), null)
    assert.deepEqual(await bank.published(sessionRevoked), [{ session_id, user_id: caller.sub }])
  })
})
