import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listKeys } from '#contracts/api/identity.ts'
import { anonymous } from '#libs/contract/client.ts'
import { openOauth } from '../../../testing/oauth-bank.ts'

describe('the metadata of the authorization server', () => {
  test('discovery says what there is, at the root of the origin, and where certificates are asked for', async (t) => {
    const bank = await openOauth(t, { env: { BANKFLOW_MTLS_ORIGIN: 'https://mtls.bank.example' } })
    for (const name of ['openid-configuration', 'oauth-authorization-server']) {
      const said = (await (await fetch(`${bank.origin}/.well-known/${name}`)).json()) as Record<string, unknown>
      const at = (path: string): string => `${bank.origin}/api/v1/auth/${path}`
      assert.deepEqual(
        [
          said.issuer,
          said.token_endpoint,
          said.jwks_uri,
          said.userinfo_endpoint,
          said.pushed_authorization_request_endpoint,
        ],
        [bank.origin, at('token'), at('jwks'), at('userinfo'), at('par')],
      )
      assert.deepEqual(said.token_endpoint_auth_methods_supported, [
        'private_key_jwt',
        'tls_client_auth',
        'self_signed_tls_client_auth',
      ])
      assert.deepEqual(said.authorization_details_types_supported, ['account_access', 'payment_initiation'])
      const algorithms = Object.entries(said)
        .filter(([member]) => member.includes('signing_alg'))
        .flatMap(([, list]) => list as string[])
      assert.deepEqual([...new Set(algorithms)].sort(), ['ES256', 'EdDSA', 'PS256'])
      const { token_endpoint } = said.mtls_endpoint_aliases as Record<string, string>
      assert.equal(token_endpoint, 'https://mtls.bank.example/api/v1/auth/token')
    }
    const { keys } = (await bank.bank.call(listKeys, {}, anonymous)).reply
    assert.deepEqual(keys.map(({ alg }) => alg).sort(), ['ES256', 'EdDSA', 'PS256'])
    assert.equal(JSON.stringify(keys).includes('"d"'), false)
  })
})
