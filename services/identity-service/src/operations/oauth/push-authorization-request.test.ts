import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { SignJWT } from 'jose'
import { Browser } from '../../../testing/browser.ts'
import { type OauthBank, openOauth } from '../../../testing/oauth-bank.ts'
import { aFlow, errorOf, PAYMENT, push } from '../../../testing/oauth-flows.ts'
import { aThirdParty, type ThirdParty } from '../../../testing/third-party.ts'

async function openShop(t: TestContext): Promise<{ bank: OauthBank; shop: ThirdParty }> {
  const bank = await openOauth(t)
  return { bank, shop: await aThirdParty(bank) }
}

describe('a pushed authorization request', () => {
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
