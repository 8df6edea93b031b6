import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openOauth } from '../../../testing/oauth-bank.ts'
import { GOOD, KEY } from '../../../testing/registrations.ts'
import { register } from '../../../testing/third-party.ts'

describe('registration of third parties (RFC 7591)', () => {
  test('completes what is asked to the profile: pushed requests, bound tokens, keys instead of secrets', async (t) => {
    const bank = await openOauth(t)
    const { status, body } = await register(bank, '2.0', GOOD)
    assert.equal(status, 201)
    const {
      client_secret,
      dpop_bound_access_tokens,
      require_pushed_authorization_requests,
      token_endpoint_auth_method,
    } = body
    assert.deepEqual(
      { client_secret, dpop_bound_access_tokens, require_pushed_authorization_requests, token_endpoint_auth_method },
      {
        ...{ client_secret: undefined, dpop_bound_access_tokens: true },
        ...{ require_pushed_authorization_requests: true, token_endpoint_auth_method: 'private_key_jwt' },
      },
    )
    const [row] = await bank.bank.owner<Record<string, unknown>[]>`
      select client_secret_hash, client_name, redirect_uris, grant_types, response_types from oauth_clients`
    assert.deepEqual(
      { ...row },
      {
        ...{ client_secret_hash: null, client_name: 'Corner Shop', redirect_uris: GOOD.redirect_uris },
        ...{ grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'] },
      },
    )
  })

  test('one token of staff registers one third party, however many come with it at once', async (t) => {
    const bank = await openOauth(t)
    const { token } = await bank.own.oauth.mintRegistrationToken('2.0')
    const register = async (metadata: object): Promise<number> => {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
      const sent = { method: 'POST', headers, body: JSON.stringify(metadata) }
      return (await fetch(`${bank.origin}/api/v1/auth/register-client`, sent)).status
    }
    assert.equal(await register({ ...GOOD, client_name: '' }), 400, 'a wrong one leaves the token good')
    const statuses = await Promise.all(Array.from({ length: 8 }, () => register(GOOD)))
    assert.deepEqual(statuses.toSorted(), [201, ...new Array(7).fill(401)])
    assert.equal(await register(GOOD), 401)
    assert.equal((await bank.bank.owner`select client_id from oauth_clients`).length, 1)
  })

  test('refuses whatever would weaken it, and says what', async (t) => {
    const bank = await openOauth(t)
    const loopback = { redirect_uris: ['http://127.0.0.1:9000/back'] }
    assert.equal((await register(bank, '2.0', { ...GOOD, ...loopback })).status, 201, 'a sandbox has shops of its own')
    const wrongs: [Record<string, unknown>, RegExp][] = [
      [{ token_endpoint_auth_method: 'client_secret_basic' }, /token_endpoint_auth_method/],
      [{ token_endpoint_auth_method: 'none' }, /token_endpoint_auth_method/],
      [{ redirect_uris: ['http://shop.example/back'] }, /https/],
      [{ redirect_uris: ['https://shop.example/*'] }, /wildcard/],
      [{ redirect_uris: ['https://shop.example/#x'] }, /fragment/],
      [{ redirect_uris: ['https://bank@shop.example/'] }, /name/],
      [{ redirect_uris: ['javascript:alert(1)'] }, /https/],
      [{ redirect_uris: ['https://shop.example;sandbox/back'] }, /host/],
      [{ redirect_uris: [] }, /1 to 10/],
      [{ post_logout_redirect_uris: ['javascript:alert(1)'] }, /https/],
      [{ post_logout_redirect_uris: ['http://shop.example/bye'] }, /https/],
      [{ post_logout_redirect_uris: new Array(11).fill('https://shop.example/bye') }, /0 to 10/],
      [{ jwks: undefined }, /jwks or jwks_uri/],
      [{ jwks_uri: 'https://shop.example/keys' }, /exclude/],
      [{ jwks: undefined, jwks_uri: 'https://169.254.169.254/keys' }, /outside the bank/],
      [{ jwks: { keys: [{ ...KEY, d: 'x' }] } }, /public keys only/],
      [{ jwks: { keys: [{ kty: 'oct', k: 'AAAA' }] } }, /public keys only/],
      [{ jwks: { keys: [{ kty: 'RSA', e: 'AQAB', n: 'AAAA' }] } }, /2048/],
      [{ response_types: ['code id_token'] }, /response_types/],
      [{ grant_types: ['client_credentials'] }, /grant_types/],
      [{ scope: 'openid payments' }, /scope/],
      [{ fapi_profile: '1.0' }, /fapi_profile/],
      [{ require_pushed_authorization_requests: false }, /require_pushed/],
      [{ dpop_bound_access_tokens: false }, /bound/],
      [{ id_token_signed_response_alg: 'RS256' }, /id_token_signed/],
      [{ client_name: 'Corner\u202eknaB' }, /client_name/],
      [{ client_name: '<b>Bank</b>' }, /client_name/],
      [{ organisation_id: undefined }, /organisation_id/],
      [{ webhook_uri: 'http://10.0.0.1/' }, /webhook_uri/],
      [{ authorization_details_types: ['sudo'] }, /authorization_details_types/],
    ]
    for (const [wrong, words] of wrongs) {
      const { status, body } = await register(bank, '2.0', { ...GOOD, ...wrong })
      assert.ok(
        status === 400 && /^invalid_(client_metadata|redirect_uri)$/.test(String(body.error)),
        JSON.stringify([wrong, body]),
      )
      assert.match(String(body.error_description), words)
    }
    const [counted] = await bank.bank.owner<{ count: number }[]>`select count(*)::int as count from oauth_clients`
    assert.equal(counted?.count, 1)
  })
})
