import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import * as client from 'openid-client'
import { ACCOUNT, openOauth } from '../../testing/oauth-bank.ts'
import { type AuthMethod, aThirdParty } from '../../testing/third-party.ts'

const PAYMENT = {
  type: 'payment_initiation',
  amount_cents: 12_550,
  currency: 'EUR',
  destination_account_number: 'FB-00012345-7',
  payee_name: 'Corner Shop Ltd',
  reference: 'Order 17',
}

describe('a third party by a client that is not ours', () => {
  const variants: [AuthMethod, 'dpop' | 'mtls'][] = [
    ['private_key_jwt', 'dpop'],
    ['private_key_jwt', 'mtls'],
    ['tls_client_auth', 'dpop'],
    ['tls_client_auth', 'mtls'],
    ['self_signed_tls_client_auth', 'dpop'],
    ['self_signed_tls_client_auth', 'mtls'],
  ]
  for (const [method, binding] of variants)
    test(`${method} and ${binding}: pushes a payment, and gets a token bound to its key for exactly that`, async (t) => {
      const bank = await openOauth(t)
      const shop = await aThirdParty(bank, { method, binding })
      const verifier = client.randomPKCECodeVerifier()
      const state = client.randomState()
      const nonce = client.randomNonce()
      const options = shop.dpop === undefined ? {} : { DPoP: shop.dpop }
      const url = await client.buildAuthorizationUrlWithPAR(
        shop.config,
        {
          ...{ redirect_uri: shop.redirect_uri, scope: 'openid payment_initiation', state, nonce },
          code_challenge: await client.calculatePKCECodeChallenge(verifier),
          ...{ code_challenge_method: 'S256', authorization_details: JSON.stringify([PAYMENT]) },
        },
        options,
      )
      assert.deepEqual([...url.searchParams.keys()].sort(), ['client_id', 'request_uri'])
      const back = await bank.walk(url)
      assert.equal(back.searchParams.get('iss'), bank.origin)
      const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true }
      const tokens = await client.authorizationCodeGrant(shop.config, back, checks, undefined, options)
      assert.deepEqual([tokens.expires_in, tokens.token_type], [900, binding === 'dpop' ? 'dpop' : 'bearer'])
      assert.equal(tokens.refresh_token, undefined)
      assert.deepEqual(decodeProtectedHeader(tokens.access_token).typ, 'at+jwt')
      assert.equal(decodeProtectedHeader(tokens.access_token).alg, 'ES256')
      const claims = decodeJwt(tokens.access_token)
      const [consent] = await bank.bank.owner<{ consent_id: string; session_id: string; status: string }[]>`
        select consent_id, session_id, status from consents`
      assert.deepEqual([claims.sid, claims.consent_id], [consent?.session_id, consent?.consent_id])
      assert.equal(consent?.status, 'ACTIVE')
      const told = [claims.iss, claims.aud, claims.sub, claims.client_id, claims.scope, claims.acr, claims.roles]
      assert.deepEqual(told, [
        ...[bank.origin, `${bank.origin}/api/v1`, bank.user_id, shop.client_id],
        ...['openid payment_initiation', '3', undefined],
      ])
      assert.deepEqual(claims.authorization_details, [{ ...PAYMENT, source_account_id: ACCOUNT }])
      assert.deepEqual(tokens.authorization_details, claims.authorization_details)
      assert.deepEqual(Object.keys(claims.cnf as object), [binding === 'dpop' ? 'jkt' : 'x5t#S256'])
      assert.equal(tokens.claims()?.acr, '3')
      const introspected = await client.tokenIntrospection(shop.config, tokens.access_token)
      assert.deepEqual([introspected.active, introspected.cnf], [true, claims.cnf])
      assert.deepEqual(introspected.authorization_details, claims.authorization_details)
    })
})
