import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as client from 'openid-client'
import { openOauth } from '../../../testing/oauth-bank.ts'
import { tokensOf } from '../../../testing/oauth-flows.ts'
import { trailOf } from '../../../testing/people.ts'
import { aThirdParty } from '../../../testing/third-party.ts'

describe('a token to see accounts', () => {
  test('given back ends the consent and its session, by whichever of its tokens', async (t) => {
    const bank = await openOauth(t)
    const shop = await aThirdParty(bank)
    for (const name of ['access_token', 'refresh_token']) {
      const tokens = await tokensOf(bank, shop)
      await client.tokenRevocation(shop.config, tokens[name] as string)
      const [consent] = await bank.bank.owner<{ status: string; ended_by: string }[]>`
        select status, ended_by from consents order by created_at desc limit 1`
      assert.deepEqual({ ...consent }, { status: 'REVOKED', ended_by: 'THIRD_PARTY' })
      assert.deepEqual(await client.tokenIntrospection(shop.config, tokens.access_token as string), { active: false })
    }
    const [line] = await trailOf(bank.bank, 'revokeToken')
    assert.equal(line?.outcome, 'done')
  })
})
