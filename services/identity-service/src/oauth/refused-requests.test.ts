import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { SignJWT } from 'jose'
import * as client from 'openid-client'
import { Browser, locationOf } from '../../testing/browser.ts'
import { aCertificate } from '../../testing/certificates.ts'
import { type OauthBank, openOauth } from '../../testing/oauth-bank.ts'
import {
  aCode,
  aFlow,
  aProof,
  askToken,
  errorOf,
  PAYMENT,
  push,
  pushed,
  redeeming,
  tokensOf,
} from '../../testing/oauth-flows.ts'
import { trailOf } from '../../testing/people.ts'
import { aThirdParty, type ThirdParty } from '../../testing/third-party.ts'

async function openShop(t: TestContext): Promise<{ bank: OauthBank; shop: ThirdParty }> {
  const bank = await openOauth(t)
  return { bank, shop: await aThirdParty(bank) }
}

describe('an authorization request', () => {
  test('FAPI 2.0 §5.3.2.2: that was not pushed is refused before the customer is asked anything', async (t) => {
    const { bank, shop } = await openShop(t)
    const { params } = await aFlow(shop)
    const url = new URL(
      `${bank.origin}/api/v1/auth/authorize?${new URLSearchParams({ client_id: shop.client_id, ...params })}`,
    )
    const back = locationOf(await new Browser().visit(url))
    assert.deepEqual([back.searchParams.get('error'), back.searchParams.get('iss')], ['invalid_request', bank.origin])
  })

  test('RFC 9700 §2.1.1: without PKCE, or with its plain form, is refused', async (t) => {
    const { shop } = await openShop(t)
    const { params } = await aFlow(shop)
    const { code_challenge: _, code_challenge_method: __, ...bare } = params
    assert.deepEqual(await errorOf(await push(shop, bare)), [400, 'invalid_request'])
    assert.deepEqual(await errorOf(await push(shop, { ...params, code_challenge_method: 'plain' })), [
      400,
      'invalid_request',
    ])
  })

  test('RFC 9700 §4.1.3: to an address that is not registered to the letter is refused, and the browser led nowhere', async (t) => {
    const { bank, shop } = await openShop(t)
    const { params } = await aFlow(shop)
    const wrongs = [
      `${shop.redirect_uri}/`,
      `${shop.redirect_uri}?x=1`,
      'https://shop.example.evil/back',
      'HTTPS://shop.example/back',
    ]
    for (const redirect_uri of wrongs)
      assert.deepEqual(
        await errorOf(await push(shop, { ...params, redirect_uri })),
        [400, 'invalid_request'],
        redirect_uri,
      )
    const query = new URLSearchParams({ client_id: shop.client_id, ...params, redirect_uri: wrongs[2] as string })
    const response = await new Browser().visit(`${bank.origin}/api/v1/auth/authorize?${query}`)
    assert.deepEqual([response.status, response.headers.get('location')], [400, null])
    assert.match(String(response.headers.get('content-security-policy')), /default-src 'none'/)
  })

  test('RFC 9396 §5: for what no type describes, or what breaks its type, names where', async (t) => {
    const { shop } = await openShop(t)
    const { params } = await aFlow(shop)
    const details: [string, unknown, RegExp][] = [
      ['payment_initiation', [{ ...PAYMENT, amount_cents: 0 }], /payment_initiation\/amount_cents/],
      ['payment_initiation', [{ ...PAYMENT, extra: 1 }], /payment_initiation\/extra/],
      ['payment_initiation', [{ type: 'sudo' }], /unsupported/],
      ['payment_initiation', [PAYMENT, PAYMENT], /one detail/],
      ['payment_initiation', undefined, /needs a detail/],
      ['account_information', [PAYMENT], /payment_initiation/],
      [
        'account_information',
        [{ type: 'account_access', actions: ['accounts'], account_ids: [crypto.randomUUID()] }],
        /chosen by the customer/,
      ],
      ['account_information', '{"not":"a list"}', /array/],
    ]
    for (const [scope, wished, words] of details) {
      const authorization_details = typeof wished === 'string' ? wished : JSON.stringify(wished)
      const more = wished === undefined ? {} : { authorization_details }
      const response = await push(shop, { ...params, scope: `openid ${scope}`, ...more })
      const body = (await response.json()) as Record<string, string>
      assert.deepEqual([response.status, body.error], [400, 'invalid_authorization_details'], JSON.stringify(body))
      assert.match(String(body.error_description), words)
    }
    const mixed = {
      scope: 'openid account_information payment_initiation',
      authorization_details: JSON.stringify([PAYMENT]),
    }
    assert.deepEqual(await errorOf(await push(shop, { ...params, ...mixed })), [400, 'invalid_scope'])
  })

  test('RFC 9101 §6: in a request object that is unsigned, signed by another, or of yesterday is refused', async (t) => {
    const { bank, shop } = await openShop(t)
    const { params } = await aFlow(shop)
    const now = Math.floor(Date.now() / 1000)
    const claims = {
      ...params,
      client_id: shop.client_id,
      iss: shop.client_id,
      aud: bank.origin,
      nbf: now,
      exp: now + 60,
    }
    const signed = (changed: object, key: CryptoKey = shop.key, alg = 'ES256'): Promise<string> =>
      new SignJWT({ ...claims, ...changed }).setProtectedHeader({ alg, kid: 'k1' }).sign(key)
    const other = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
    const none = [{ alg: 'none' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    const hmac = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256' })
      .sign(new TextEncoder().encode('x'.repeat(32)))
    const wrongs = [
      await signed({ nbf: now - 7_200, exp: now - 3_600 }),
      await signed({ aud: 'https://elsewhere.example' }),
      await signed({ exp: now + 7_200 }),
      await signed({}, other.privateKey),
      `${none.join('.')}.`,
      hmac,
    ]
    assert.equal((await push(shop, { request: await signed({}) })).status, 201)
    for (const [i, request] of wrongs.entries())
      assert.deepEqual(await errorOf(await push(shop, { request })), [400, 'invalid_request_object'], String(i))
  })
})

describe('a third party at the token endpoint', () => {
  test('RFC 6749 §4.1.2: with a code that was used ends all that it was given, everywhere', async (t) => {
    const { bank, shop } = await openShop(t)
    const flow = await aCode(bank, shop)
    const { body } = await askToken(bank, shop, redeeming(shop, flow))
    const again = await askToken(bank, shop, redeeming(shop, flow))
    assert.deepEqual([again.status, again.body.error], [400, 'invalid_grant'])
    const [session] = await bank.bank.owner<{ status: string; revoked_reason: string }[]>`
      select status, revoked_reason from sessions where client_id = ${shop.client_id}`
    assert.deepEqual({ ...session }, { status: 'REVOKED', revoked_reason: 'CODE_USED_AGAIN' })
    const { active } = await client.tokenIntrospection(shop.config, String(body.access_token))
    assert.equal(active, false)
    const lines = (await trailOf(bank.bank, 'issueToken')).map(({ outcome }) => outcome)
    assert.deepEqual(lines, ['done', 'OAUTH_INVALID_GRANT'])
  })

  test('RFC 9700 §4.5: with the wrong verifier, another address, or as somebody else gets nothing, and the code stays good', async (t) => {
    const { bank, shop } = await openShop(t)
    const other = await aThirdParty(bank)
    const flow = await aCode(bank, shop)
    const form = redeeming(shop, flow)
    const wrongs: [ThirdParty, Record<string, string>][] = [
      [shop, { ...form, code_verifier: client.randomPKCECodeVerifier() }],
      [shop, { ...form, redirect_uri: 'https://shop.example/other' }],
      [other, form],
      [shop, { ...form, code: `${form.code}x` }],
    ]
    for (const [who, wrong] of wrongs) {
      const { status, body } = await askToken(bank, who, wrong)
      assert.deepEqual([status, body.error], [400, 'invalid_grant'])
    }
    assert.equal((await askToken(bank, shop, form)).status, 200)
  })

  test('RFC 9449 §5: without a proof, or one for another place, time or method, gets nothing', async (t) => {
    const { bank, shop } = await openShop(t)
    const form = redeeming(shop, await aCode(bank, shop))
    const at = '/api/v1/auth/token'
    assert.deepEqual(await errorOf(await shop.post(at, form)), [400, 'invalid_grant'])
    const now = Math.floor(Date.now() / 1000)
    for (const wrong of [
      { htu: `${bank.origin}/api/v1/auth/par` },
      { htm: 'GET' },
      { iat: now - 600 },
      { iat: now + 600 },
      { jti: undefined },
    ]) {
      const [status, error] = await errorOf(await shop.post(at, form, { dpop: await aProof(bank, shop, wrong) }))
      assert.ok(
        status === 400 && ['invalid_dpop_proof', 'use_dpop_nonce'].includes(String(error)),
        JSON.stringify([wrong, error]),
      )
    }
    assert.equal((await askToken(bank, shop, form)).status, 200)
  })

  test('RFC 7523 §3: proves who it is by an assertion for this issuer, of now, by its own key, once', async (t) => {
    const { bank, shop } = await openShop(t)
    const now = Math.floor(Date.now() / 1000)
    const { params } = await aFlow(shop)
    const attempt = async (client_assertion: string): Promise<[number, unknown]> =>
      errorOf(await push(shop, { ...params, client_assertion }))
    const once = await shop.assertion()
    assert.deepEqual(await attempt(once), [201, undefined])
    const public_key = Buffer.from(JSON.stringify(shop.registration.jwks))
    const wrongs = {
      replayed: once,
      'for the token endpoint': await shop.assertion({ aud: `${bank.origin}/api/v1/auth/token` }),
      'for several': await shop.assertion({ aud: [bank.origin, 'https://elsewhere.example'] }),
      expired: await shop.assertion({ exp: now - 60 }),
      'without jti': await shop.assertion({ jti: undefined }),
      'of somebody else': await shop.assertion({ iss: 'else' }),
      'by an unknown key': await shop.assertion({}, { kid: 'k2' }),
      'by HMAC': await new SignJWT({
        iss: shop.client_id,
        sub: shop.client_id,
        aud: bank.origin,
        jti: '1',
        exp: now + 60,
      })
        .setProtectedHeader({ alg: 'HS256' })
        .sign(public_key),
      unsigned: `${Buffer.from('{"alg":"none"}').toString('base64url')}.${once.split('.')[1]}.`,
    }
    for (const [what, wrong] of Object.entries(wrongs))
      assert.deepEqual(await attempt(wrong), [401, 'invalid_client'], what)
  })

  test('RFC 8705 §2: with another certificate, another subject, one of yesterday or none is not who it says', async (t) => {
    const bank = await openOauth(t)
    const byName = await aThirdParty(bank, { method: 'tls_client_auth', binding: 'mtls' })
    const byKey = await aThirdParty(bank, { method: 'self_signed_tls_client_auth', binding: 'mtls' })
    const { params } = await aFlow(byName)
    const attempt = async ({ client_id }: ThirdParty, pem: string | undefined): Promise<unknown> => {
      const header = pem === undefined ? {} : { 'x-test-certificate': Buffer.from(pem).toString('base64') }
      const body = new URLSearchParams({ ...params, client_id })
      const response = await fetch(`${bank.origin}/api/v1/auth/par`, {
        method: 'POST',
        body,
        headers: header as Record<string, string>,
      })
      return (await errorOf(response))[1]
    }
    assert.equal(await attempt(byName, byName.certificate.pem), undefined)
    assert.equal(await attempt(byKey, byKey.certificate.pem), undefined)
    const same = await aCertificate()
    const yesterday = await aCertificate(undefined, { fromMs: -2 * 86_400_000 })
    const tomorrow = await aCertificate(undefined, { fromMs: 86_400_000 })
    const cases: [ThirdParty, string | undefined, unknown][] = [
      // Who is known by his name may have another certificate of it.
      [byName, same.pem, undefined],
      [byKey, same.pem, 'invalid_client'],
      [byName, (await aCertificate('C=DE, O=Corner Shop, CN=shop, CN=shop')).pem, 'invalid_client'],
      [byName, (await aCertificate('CN=shop, O=Corner Shop, C=DE')).pem, 'invalid_client'],
      [byName, yesterday.pem, 'invalid_client'],
      [byName, tomorrow.pem, 'invalid_client'],
      [byName, undefined, 'invalid_client'],
      [byKey, undefined, 'invalid_client'],
    ]
    for (const [i, [who, pem, error]] of cases.entries()) assert.equal(await attempt(who, pem), error, String(i))
  })
})

describe("a third party that asks about somebody else's token", () => {
  test('RFC 7662 §4, RFC 7009 §2.1: hears that it is not active, and cannot end it', async (t) => {
    const { bank, shop } = await openShop(t)
    const other = await aThirdParty(bank)
    const { access_token = '', refresh_token = '' } = await tokensOf(bank, shop)
    for (const token of [access_token, refresh_token]) {
      assert.deepEqual(await client.tokenIntrospection(other.config, token), { active: false })
      const response = await other.post('/api/v1/auth/revoke', { token })
      assert.equal(response.status, 400)
      assert.equal((await client.tokenIntrospection(shop.config, token)).active, true)
    }
    const forged = `${access_token.slice(0, -4)}AAAA`
    assert.deepEqual(await client.tokenIntrospection(shop.config, forged), { active: false })
  })

  test('RFC 9207: a third party that mixes issuers up is warned by iss, which every answer carries', async (t) => {
    const { bank, shop } = await openShop(t)
    const { back, state, verifier } = await aCode(bank, shop)
    assert.equal(back.searchParams.get('iss'), bank.origin)
    back.searchParams.set('iss', 'https://evil.example')
    const checks = { pkceCodeVerifier: verifier, expectedState: state }
    await assert.rejects(client.authorizationCodeGrant(shop.config, back, checks), ({ cause }: Error) =>
      /"iss"/.test(String(cause)),
    )
    const denied = await aFlow(shop)
    const browser = new Browser()
    const page = locationOf(await browser.visit(await pushed(bank, shop, denied)))
    const reply = await bank.finish(browser, page, { error: 'access_denied' })
    const told = locationOf(await browser.visit(String(reply.headers.location)))
    assert.deepEqual(
      ['error', 'iss', 'state'].map((name) => told.searchParams.get(name)),
      ['access_denied', bank.origin, denied.state],
    )
  })
})
