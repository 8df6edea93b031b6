import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import * as client from 'openid-client'
import { type OauthBank, openOauth } from '../../../testing/oauth-bank.ts'
import { tokensOf } from '../../../testing/oauth-flows.ts'
import { aThirdParty, type ThirdParty } from '../../../testing/third-party.ts'

async function openShop(t: TestContext): Promise<{ bank: OauthBank; shop: ThirdParty }> {
  const bank = await openOauth(t)
  return { bank, shop: await aThirdParty(bank) }
}

describe("a third party that asks about somebody else's token", () => {
  test('RFC 7662 §4, RFC 7009 §2.1: hears that it is not active, and cannot end it', async (t) => {
    const { bank, shop } = await openShop(t)
    const other = await aThirdParty(bank)
    const { access_token = '', refresh_token = '' } = await tokensOf(bank, shop)
    for (const token of [access_token, refresh_token]) {
      assert.deepEqual(await client.tokenIntrospection(other.config, token), { active: false })
      const response = await other.post('/api/v1/auth/revoke', { token })
      assert.equal(response.status, 400)
      assert.equal((await client.tokenIntrospection(shop.config, token)).active, true)
    }
    const forged = `${access_token.slice(0, -4)}AAAA`
    assert.deepEqual(await client.tokenIntrospection(shop.config, forged), { active: false })
  })
})
