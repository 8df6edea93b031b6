import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openOauth } from '../../../testing/oauth-bank.ts'
import { tokensOf } from '../../../testing/oauth-flows.ts'
import { trailOf } from '../../../testing/people.ts'
import { manage } from '../../../testing/registrations.ts'
import { aThirdParty } from '../../../testing/third-party.ts'

describe('the registration of a third party (RFC 7592)', () => {
  test('ends by its own token, with every session that it was given; without that nothing ends', async (t) => {
    const bank = await openOauth(t)
    const shop = await aThirdParty(bank)
    await tokensOf(bank, shop)
    const statusOf = async (): Promise<string | undefined> => {
      const [row] = await bank.bank.owner<
        { status: string }[]
      >`select status from sessions where client_id = ${shop.client_id}`
      return row?.status
    }
    assert.equal((await manage(bank, shop, 'DELETE', 'guessed')).status, 401)
    assert.equal(await statusOf(), 'ACTIVE')
    assert.equal((await manage(bank, shop, 'DELETE')).status, 204)
    assert.equal(await statusOf(), 'REVOKED')
    assert.equal((await manage(bank, shop, 'GET')).status, 401)
    assert.deepEqual((await trailOf(bank.bank, 'deleteClientRegistration')).at(-1)?.outcome, 'done')
  })
})
