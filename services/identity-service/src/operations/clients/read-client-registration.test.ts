import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openOauth } from '../../../testing/oauth-bank.ts'
import { manage } from '../../../testing/registrations.ts'
import { aThirdParty } from '../../../testing/third-party.ts'

describe('the registration of a third party (RFC 7592)', () => {
  test("is read by its own token alone; another's token is void from then on", async (t) => {
    const bank = await openOauth(t)
    const shop = await aThirdParty(bank)
    const other = await aThirdParty(bank)
    const { status, text } = await manage(bank, shop, 'GET')
    assert.deepEqual([status, JSON.parse(text).client_id], [200, shop.client_id])
    const stolen = String(other.registration.registration_access_token)
    assert.equal((await manage(bank, shop, 'GET', stolen)).status, 401)
    assert.equal((await manage(bank, other, 'GET')).status, 401)
    assert.equal((await manage(bank, shop, 'GET', 'guessed')).status, 401)
  })
})
