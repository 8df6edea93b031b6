import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import { aUser, callerOf, enrol, openIdentity, signIn } from '../../../testing/people.ts'

describe('listFactors', () => {
  test('shows one’s own factors and how many recovery codes are left, never a secret', async (t) => {
    const bank = await openIdentity(t)
    await aUser(bank)
    await aUser(bank, 'bob@example.com')
    const caller = await callerOf(bank, await signIn(bank))
    const bob = await callerOf(bank, await signIn(bank, 'bob@example.com'))
    const { factor_id, secret } = await enrol(bank, caller)
    const { reply } = await bank.call(api.listFactors, {}, caller)
    assert.equal(reply.recovery_codes_left, 10)
    assert.deepEqual(
      reply.items.map((item) => [item.factor_id, item.factor_type, item.confirmed_at !== null]),
      [[factor_id, 'TOTP', true]],
    )
    assert.equal(JSON.stringify(reply).includes(secret), false)
    assert.deepEqual((await bank.call(api.listFactors, {}, bob)).reply, { items: [], recovery_codes_left: 0 })
  })
})
