import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as factors from '#contracts/api/identity-factors.ts'
import { enrolPasskey, openWithAnn } from '../../../testing/factors.ts'
import { aUser, callerOf, signIn } from '../../../testing/people.ts'

describe('listPasskeys', () => {
  test('shows one’s own, and never a key', async (t) => {
    const { bank, caller } = await openWithAnn(t)
    const { passkey } = await enrolPasskey(bank, caller)
    assert.deepEqual((await bank.call(factors.listPasskeys, {}, caller)).reply, { items: [passkey] })
    await aUser(bank, 'bob@example.com')
    const bob = await callerOf(bank, await signIn(bank, 'bob@example.com'))
    assert.deepEqual((await bank.call(factors.listPasskeys, {}, bob)).reply, { items: [] })
  })
})
