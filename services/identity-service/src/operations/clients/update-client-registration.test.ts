import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openOauth } from '../../../testing/oauth-bank.ts'
import { aFlow, errorOf, push, tokensOf } from '../../../testing/oauth-flows.ts'
import { GOOD } from '../../../testing/registrations.ts'
import { aThirdParty } from '../../../testing/third-party.ts'

describe('the registration of a third party (RFC 7592)', () => {
  test('stays under its policy when it is changed (RFC 7592), and ends with all that it was allowed', async (t) => {
    const bank = await openOauth(t)
    const shop = await aThirdParty(bank)
    const url = `${bank.origin}/api/v1/auth/register-client/${shop.client_id}`
    let token = String(shop.registration.registration_access_token)
    const send = async (
      method: string,
      change?: Record<string, unknown>,
    ): Promise<{ status: number; body: Record<string, unknown> }> => {
      const body = { ...GOOD, client_id: shop.client_id, jwks: shop.registration.jwks, ...change }
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
      const response = await fetch(url, {
        method,
        headers,
        ...(method === 'PUT' ? { body: JSON.stringify(body) } : {}),
      })
      const text = await response.text()
      const read = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
      if (typeof read.registration_access_token === 'string') token = read.registration_access_token
      return { status: response.status, body: read }
    }
    assert.equal((await send('GET')).body.client_name, 'Corner Shop')
    assert.equal((await send('PUT', { token_endpoint_auth_method: 'none' })).status, 400)
    assert.equal((await send('PUT', { client_name: 'Shop of the Corner' })).body.client_name, 'Shop of the Corner')
    await tokensOf(bank, shop)
    assert.equal((await send('DELETE')).status, 204)
    const [consent] = await bank.bank.owner<
      { status: string; ended_reason: string }[]
    >`select status, ended_reason from consents`
    assert.deepEqual({ ...consent }, { status: 'REVOKED', ended_reason: 'CLIENT_DELETED' })
    assert.deepEqual(await errorOf(await push(shop, (await aFlow(shop)).params)), [401, 'invalid_client'])
  })
})
