import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decodeJwt } from 'jose'
import { openOauth } from '../../testing/oauth-bank.ts'
import { tokensOf } from '../../testing/oauth-flows.ts'
import { aThirdParty } from '../../testing/third-party.ts'
import { forgetOauth } from '../jobs/forget-oauth.ts'

describe('what the authorization server keeps', () => {
  test('says nothing in the database: ids are hashed, payloads sealed, and what is over is deleted', async (t) => {
    const bank = await openOauth(t)
    const shop = await aThirdParty(bank)
    const { access_token = '', refresh_token = '' } = await tokensOf(bank, shop)
    const rows = await bank.bank.owner<{ text: string }[]>`select oauth_artifacts::text as text from oauth_artifacts`
    const stored = rows.map(({ text }) => text).join('\n')
    const { jti } = decodeJwt(access_token)
    for (const secret of [access_token, refresh_token, String(jti), 'account_access', bank.user_id, 'Corner'])
      assert.equal(stored.includes(secret), false, secret)
    const run = async (): Promise<number> => {
      await forgetOauth.run({ database: bank.bank.runtime.database, clock: bank.bank.clock } as never)
      const [counted] = await bank.bank.owner<{ count: number }[]>`
        select (select count(*) from oauth_artifacts)::int + (select count(*) from oauth_spent)::int as count`
      return counted?.count as number
    }
    const before = await run()
    assert.ok(before > 5)
    bank.bank.clock.advance(7_200_000)
    const after = await run()
    assert.ok(after > 0 && after < before, `${before} to ${after}`)
    bank.bank.clock.advance(200 * 86_400_000)
    // Only what has no end of its own: the registration's access token.
    assert.equal(await run(), 1)
  })

  test('is forgotten as fast as it comes: one run takes whatever is over, however much it is', async (t) => {
    const { bank } = await openOauth(t)
    await bank.owner`
      insert into oauth_spent (namespace, jti_hash, expires_at)
      select 'edge', number::text, ${bank.clock.wall.now()}::timestamptz - interval '1 second' from generate_series(1, 4500) as number`
    await forgetOauth.run({ database: bank.runtime.database, clock: bank.clock } as never)
    const [counted] = await bank.owner<{ count: number }[]>`select count(*)::int as count from oauth_spent`
    assert.equal(counted?.count, 0)
  })
})
