import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createLocalJWKSet, decodeJwt, type JSONWebKeySet, jwtVerify } from 'jose'
import * as client from 'openid-client'
import { listKeys } from '#contracts/api/identity.ts'
import { getUserinfo, postUserinfo } from '#contracts/api/identity-oauth.ts'
import { anonymous, type Caller } from '#libs/contract/client.ts'
import { openOauth } from '../../testing/oauth-bank.ts'
import { aCode, aProof, askToken, PAYMENT, redeeming, tokensOf } from '../../testing/oauth-flows.ts'
import { refusalOf, trailOf } from '../../testing/people.ts'
import { aThirdParty, type ThirdParty } from '../../testing/third-party.ts'
import { forgetOauth } from '../jobs/forget-oauth.ts'

const aRequest = {
  ...{ method: 'GET', path: '/.well-known/openid-configuration', query: '', params: {}, headers: {}, body: '' },
  ...{ ip_hash: null, client_certificate: null },
}

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

  test('a bank in production is one issuer, and answers at no other origin', async (t) => {
    const { own, origin } = await openOauth(t, { env: { BANKFLOW_PUBLIC_ORIGIN: 'https://bank.example.com' } })
    // In a sandbox this machine may be asked under its own names.
    assert.equal((await fetch(`${origin}/.well-known/openid-configuration`)).status, 200)
    const ask = (from: string): Promise<unknown> => own.oauth.handle({ ...aRequest, origin: from })
    assert.equal(await refusalOf(ask('https://evil.example')), 'AUTHORIZATION_SERVER_OFF')
    assert.equal(await refusalOf(ask('http://bank.example.com')), 'AUTHORIZATION_SERVER_OFF')
    await ask('https://bank.example.com')
  })
})

describe('a token to see accounts', () => {
  test('is renewed by a refresh token that is never rotated, until the consent ends', async (t) => {
    const bank = await openOauth(t)
    const shop = await aThirdParty(bank)
    const first = await tokensOf(bank, shop)
    const form = { grant_type: 'refresh_token', refresh_token: first.refresh_token as string }
    for (let i = 0; i < 2; i += 1) {
      const { status, body } = await askToken(bank, shop, form)
      assert.deepEqual([status, body.refresh_token, body.expires_in], [200, first.refresh_token, 900])
      const [before, after] = [first.access_token as string, String(body.access_token)].map((token) => decodeJwt(token))
      assert.deepEqual(after?.authorization_details, before?.authorization_details)
      assert.deepEqual([after?.sid, after?.consent_id], [before?.sid, before?.consent_id])
      assert.notEqual(after?.jti, before?.jti)
    }
    const other = await aThirdParty(bank)
    assert.equal((await askToken(bank, other, form)).body.error, 'invalid_grant')
    await bank.bank.owner`update sessions set status = 'REVOKED' where client_id = ${shop.client_id}`
    assert.equal((await askToken(bank, shop, form)).body.error, 'invalid_grant')
    for (const token of [first.access_token, first.refresh_token])
      assert.deepEqual(await client.tokenIntrospection(shop.config, token as string), { active: false })
  })

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

  test('is asked for as the design document shows it, in JSON, too', async (t) => {
    const bank = await openOauth(t)
    const shop = await aThirdParty(bank)
    const form = {
      ...redeeming(shop, await aCode(bank, shop)),
      client_id: shop.client_id,
      client_assertion: await shop.assertion(),
    }
    const body = JSON.stringify({
      ...form,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    })
    const headers = { 'content-type': 'application/json', dpop: await aProof(bank, shop) }
    const response = await fetch(`${bank.origin}/api/v1/auth/token`, { method: 'POST', headers, body })
    assert.deepEqual([response.status, response.headers.get('cache-control')], [200, 'no-store'])
    const broken = await fetch(`${bank.origin}/api/v1/auth/token`, { method: 'POST', headers, body: '{' })
    assert.equal(broken.status, 400)
  })

  test('says exactly who with openid, and the name with profile', async (t) => {
    const { bank, user_id } = await openOauth(t)
    const grant = (...scopes: string[]): Caller['grant'] => ({
      kind: 'third_party',
      scopes,
      consent_id: null,
      details: [],
    })
    const caller: Caller = { ...anonymous, kind: 'user', sub: user_id, roles: ['customer'] }
    for (const operation of [getUserinfo, postUserinfo]) {
      const only = await bank.call(operation, {}, { ...caller, grant: grant('openid') })
      assert.deepEqual(only.reply, { sub: user_id })
      const named = await bank.call(operation, {}, { ...caller, grant: grant('openid', 'profile') })
      assert.deepEqual(named.reply, { sub: user_id, name: 'Ann Example', given_name: 'Ann', family_name: 'Example' })
      assert.equal(await refusalOf(bank.call(operation, {}, { ...caller, grant: grant('profile') })), 'FORBIDDEN')
    }
  })
})

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
})
