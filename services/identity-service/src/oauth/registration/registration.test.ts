import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  createClientRegistrationToken,
  getClient,
  listClients,
  suspendClient,
} from '#contracts/api/identity-clients.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import { openOauth } from '../../../testing/oauth-bank.ts'
import { aFlow, askToken, errorOf, push, tokensOf } from '../../../testing/oauth-flows.ts'
import { changesBy, refusalOf, trailOf } from '../../../testing/people.ts'
import { aThirdParty, register } from '../../../testing/third-party.ts'

const KEY = {
  kty: 'EC',
  crv: 'P-256',
  x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
  y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
}
const GOOD = {
  client_name: 'Corner Shop',
  organisation_id: 'PSDDE-BAFIN-123456',
  redirect_uris: ['https://shop.example/back'],
  jwks: { keys: [KEY] },
}

describe('registration of third parties (RFC 7591)', () => {
  test('opens by a token of staff alone, which counts for a week and stands in the trail without itself', async (t) => {
    const { bank, origin } = await openOauth(t)
    const admin = aStaffMember('admin')
    const body = { fapi_profile: '2.0', purpose: 'The shop at the corner' } as const
    const { reply } = await bank.call(createClientRegistrationToken, { body }, admin)
    const attempt = async (token: string): Promise<number> => {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
      const init = { method: 'POST', headers, body: JSON.stringify(GOOD) }
      return (await fetch(`${origin}/api/v1/auth/register-client`, init)).status
    }
    assert.equal(await attempt(reply.initial_access_token), 201)
    assert.equal(await attempt(`${reply.initial_access_token}x`), 401)
    assert.deepEqual(await changesBy(bank, 'createClientRegistrationToken'), [{ before: null, after: body }])
    assert.equal(
      await refusalOf(bank.call(createClientRegistrationToken, { body }, aStaffMember('support'))),
      'FORBIDDEN',
    )
    const [line] = await trailOf(bank, 'registerClient')
    assert.equal(line?.outcome, 'done')
  })

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
      [{ redirect_uris: [] }, /1 to 10/],
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

  test('is ended by staff at once: a suspended third party authenticates no more, and its consents are over', async (t) => {
    const bank = await openOauth(t)
    const shop = await aThirdParty(bank)
    const other = await aThirdParty(bank)
    const { refresh_token = '' } = await tokensOf(bank, shop)
    const kept = await tokensOf(bank, other)
    const staff = aStaffMember('compliance')
    const suspension = { params: { client_id: shop.client_id }, body: { reason: 'Lost its licence' } }
    const { reply } = await bank.bank.call(suspendClient, suspension, staff)
    assert.deepEqual(reply, { client_id: shop.client_id, status: 'SUSPENDED', consents_ended: 1 })
    assert.equal(await refusalOf(bank.bank.call(suspendClient, suspension, staff)), 'CLIENT_SUSPENDED')
    const form = { grant_type: 'refresh_token', refresh_token }
    assert.deepEqual((await askToken(bank, shop, form)).body.error, 'invalid_client')
    assert.equal((await askToken(bank, other, { ...form, refresh_token: kept.refresh_token as string })).status, 200)
    const { items } = (await bank.bank.call(listClients, { query: { limit: 1 } }, staff)).reply
    assert.deepEqual(
      items.map((item) => item.client_id),
      [other.client_id],
    )
    const next = (await bank.bank.call(listClients, { query: { limit: 1, cursor: other.client_id } }, staff)).reply
    assert.deepEqual(
      next.items.map((item) => [item.client_id, item.status]),
      [[shop.client_id, 'SUSPENDED']],
    )
    const one = (await bank.bank.call(getClient, { params: { client_id: shop.client_id } }, staff)).reply
    assert.deepEqual([one.suspended_reason, one.organisation_id], ['Lost its licence', 'PSDDE-BAFIN-123456'])
    assert.equal(
      await refusalOf(bank.bank.call(getClient, { params: { client_id: 'none' } }, staff)),
      'CLIENT_NOT_FOUND',
    )
    assert.equal(await refusalOf(bank.bank.call(listClients, {}, aStaffMember('support'))), 'FORBIDDEN')
  })
})
