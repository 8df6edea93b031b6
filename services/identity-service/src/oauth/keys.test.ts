import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decodeProtectedHeader } from 'jose'
import * as client from 'openid-client'
import { listKeys } from '#contracts/api/identity.ts'
import { anonymous } from '#libs/contract/client.ts'
import { openOauth } from '../../testing/oauth-bank.ts'
import { tokensOf } from '../../testing/oauth-flows.ts'
import { aThirdParty } from '../../testing/third-party.ts'

describe('the keys of the authorization server', () => {
  test('change under way: the next token has the new one, and what the old one signed is still known', async (t) => {
    const bank = await openOauth(t)
    const shop = await aThirdParty(bank)
    const before = await tokensOf(bank, shop)
    await bank.bank.owner`update signing_keys set created_at = created_at - interval '100 days'`
    await bank.own.keyRing.rotate(86_400)
    const after = await tokensOf(bank, shop)
    const kids = [before, after].map(({ access_token = '' }) => decodeProtectedHeader(access_token).kid)
    assert.notEqual(kids[0], kids[1])
    const { keys } = (await bank.bank.call(listKeys, {}, anonymous)).reply
    assert.deepEqual(
      kids.map((kid) => keys.some((key) => key.kid === kid)),
      [true, true],
    )
    for (const { access_token = '' } of [before, after])
      assert.equal((await client.tokenIntrospection(shop.config, access_token)).active, true)
  })
})
