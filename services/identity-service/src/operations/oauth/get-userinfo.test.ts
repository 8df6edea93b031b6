import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getUserinfo } from '#contracts/api/identity-oauth.ts'
import { anonymous, type Caller } from '#libs/contract/client.ts'
import { openOauth } from '../../../testing/oauth-bank.ts'
import { refusalOf } from '../../../testing/people.ts'

describe('who the customer is', () => {
  test('says exactly who with openid, and the name with profile', async (t) => {
    const { bank, user_id } = await openOauth(t)
    const grant = (...scopes: string[]): Caller['grant'] => ({
      kind: 'third_party',
      scopes,
      consent_id: null,
      details: [],
    })
    const caller: Caller = { ...anonymous, kind: 'user', sub: user_id, roles: ['customer'] }
    for (const operation of [getUserinfo]) {
      const only = await bank.call(operation, {}, { ...caller, grant: grant('openid') })
      assert.deepEqual(only.reply, { sub: user_id })
      const named = await bank.call(operation, {}, { ...caller, grant: grant('openid', 'profile') })
      assert.deepEqual(named.reply, { sub: user_id, name: 'Ann Example', given_name: 'Ann', family_name: 'Example' })
      assert.equal(await refusalOf(bank.call(operation, {}, { ...caller, grant: grant('profile') })), 'FORBIDDEN')
    }
  })
})
