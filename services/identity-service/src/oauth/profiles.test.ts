import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createLocalJWKSet, decodeJwt, type JSONWebKeySet, jwtVerify } from 'jose'
import * as client from 'openid-client'
import { listKeys } from '#contracts/api/identity.ts'
import { anonymous } from '#libs/contract/client.ts'
import { openOauth } from '../../testing/oauth-bank.ts'
import { PAYMENT } from '../../testing/oauth-flows.ts'
import { aThirdParty, type ThirdParty } from '../../testing/third-party.ts'

const answerSigned = client.useJwtResponseMode

type Built = (config: client.Configuration, params: Record<string, string>) => Promise<URL>

/** A flow by openid-client with signed answers; the tokens at its end. */
async function signedFlow(bank: Awaited<ReturnType<typeof openOauth>>, shop: ThirdParty, build: Built) {
  answerSigned(shop.config)
  const verifier = client.randomPKCECodeVerifier()
  const expectedState = client.randomState()
  const url = await build(shop.config, {
    ...{ redirect_uri: shop.redirect_uri, scope: 'openid payment_initiation', state: expectedState, nonce: 'n1' },
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    ...{ code_challenge_method: 'S256', authorization_details: JSON.stringify([PAYMENT]) },
  })
  const back = await bank.walk(url)
  const checks = { pkceCodeVerifier: verifier, expectedState, expectedNonce: 'n1' }
  const options = shop.dpop === undefined ? {} : { DPoP: shop.dpop }
  return { url, back, tokens: await client.authorizationCodeGrant(shop.config, back, checks, undefined, options) }
}

describe('the profiles', () => {
  test('FAPI 1.0 Advanced: a signed request through the browser, a signed answer, a token bound to the certificate', async (t) => {
    const bank = await openOauth(t)
    const metadata = { request_object_signing_alg: 'ES256' }
    const shop = await aThirdParty(bank, { profile: '1.0', binding: 'mtls', metadata })
    const key = { key: shop.key, kid: 'k1' }
    const fresh = (_header: object, payload: Record<string, unknown>): void => {
      const now = Math.floor(Date.now() / 1000)
      Object.assign(payload, { nbf: now, exp: now + 300, aud: bank.origin })
    }
    const { url, back, tokens } = await signedFlow(bank, shop, (config, params) =>
      client.buildAuthorizationUrlWithJAR(config, params, key, { [client.modifyAssertion]: fresh }),
    )
    assert.deepEqual([...url.searchParams.keys()].sort(), ['client_id', 'request'])
    assert.deepEqual([...back.searchParams.keys()], ['response'])
    const answer = decodeJwt(String(back.searchParams.get('response')))
    assert.deepEqual([answer.iss, answer.aud], [bank.origin, shop.client_id])
    assert.ok((decodeJwt(tokens.access_token).cnf as Record<string, unknown>)['x5t#S256'])
    // Unsigned it is not heard.
    const query = new URLSearchParams({
      client_id: shop.client_id,
      response_type: 'code',
      scope: 'openid',
      redirect_uri: shop.redirect_uri,
    })
    const bare = await fetch(`${bank.origin}/api/v1/auth/authorize?${query}`, { redirect: 'manual' })
    assert.equal(bare.headers.get('location')?.includes('code='), false)
  })

  test('FAPI 1.0 5.2.2-18: a signed request through the browser is bound by its nonce, a pushed one by PKCE as well', async (t) => {
    const bank = await openOauth(t)
    const metadata = { request_object_signing_alg: 'ES256' }
    const shop = await aThirdParty(bank, { profile: '1.0', binding: 'mtls', metadata })
    client.useJwtResponseMode(shop.config)
    const now = Math.floor(Date.now() / 1000)
    const fresh = (_header: object, payload: Record<string, unknown>) =>
      void Object.assign(payload, { nbf: now, exp: now + 300, aud: bank.origin })
    const build = (more: Record<string, string>) => {
      const params = { redirect_uri: shop.redirect_uri, scope: 'openid account_information', state: 's1', ...more }
      return client.buildAuthorizationUrlWithJAR(
        shop.config,
        params,
        { key: shop.key, kid: 'k1' },
        { [client.modifyAssertion]: fresh },
      )
    }
    const back = await bank.walk(await build({ nonce: 'n1' }))
    const tokens = await client.authorizationCodeGrant(shop.config, back, { expectedState: 's1', expectedNonce: 'n1' })
    assert.equal(tokens.claims()?.nonce, 'n1')
    const bare = await fetch(await build({}), { redirect: 'manual' })
    const answer = new URL(bare.headers.get('location') as string).searchParams.get('response') as string
    assert.deepEqual([decodeJwt(answer).error, decodeJwt(answer).code], ['invalid_request', undefined])
    const pushed = { request: (await build({ nonce: 'n1' })).searchParams.get('request') as string }
    const refused = await shop.post('/api/v1/auth/par', pushed)
    assert.deepEqual([refused.status, ((await refused.json()) as { error: string }).error], [400, 'invalid_request'])
  })

  test('FAPI 2.0 Message Signing: a signed request that is pushed, a signed answer, and a signed introspection', async (t) => {
    const bank = await openOauth(t)
    const shop = await aThirdParty(bank, { metadata: { require_signed_request_object: true } })
    const fresh = (_header: object, payload: Record<string, unknown>): void => {
      const now = Math.floor(Date.now() / 1000)
      Object.assign(payload, { nbf: now, exp: now + 300, aud: bank.origin })
    }
    const { back, tokens } = await signedFlow(bank, shop, async (config, params) => {
      const jar = await client.buildAuthorizationUrlWithJAR(
        config,
        params,
        { key: shop.key, kid: 'k1' },
        { [client.modifyAssertion]: fresh },
      )
      return client.buildAuthorizationUrlWithPAR(config, jar.searchParams)
    })
    assert.deepEqual([...back.searchParams.keys()], ['response'])
    const accept = 'application/token-introspection+jwt'
    const response = await shop.post('/api/v1/auth/introspect', { token: tokens.access_token }, { accept })
    assert.ok(response.headers.get('content-type')?.startsWith(accept))
    const keys = (await bank.bank.call(listKeys, {}, anonymous)).reply.keys
    const jwks = { keys } as unknown as JSONWebKeySet
    const { payload, protectedHeader } = await jwtVerify(await response.text(), createLocalJWKSet(jwks), {
      issuer: bank.origin,
      audience: shop.client_id,
    })
    assert.equal(protectedHeader.alg, 'PS256')
    assert.equal((payload.token_introspection as { active: boolean }).active, true)
  })
})
