import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { decodeJwt, SignJWT } from 'jose'
import * as client from 'openid-client'
import { aCertificate } from '../../../testing/certificates.ts'
import { type OauthBank, openOauth } from '../../../testing/oauth-bank.ts'
import { aCode, aFlow, aProof, askToken, errorOf, push, redeeming, tokensOf } from '../../../testing/oauth-flows.ts'
import { trailOf } from '../../../testing/people.ts'
import { aThirdParty, type ThirdParty } from '../../../testing/third-party.ts'

async function openShop(t: TestContext): Promise<{ bank: OauthBank; shop: ThirdParty }> {
  const bank = await openOauth(t)
  return { bank, shop: await aThirdParty(bank) }
}

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

  test('is given no token that outlives the consent', async (t) => {
    const { bank, shop } = await openShop(t)
    // The hour of the consent is over but for a minute.
    bank.bank.clock.advance(3_540_000)
    const flow = await aCode(bank, shop)
    const { status, body } = await askToken(bank, shop, redeeming(shop, flow))
    const { iat = 0, exp = 0 } = decodeJwt(String(body.access_token))
    assert.deepEqual([status, exp - iat <= 60, body.expires_in === exp - iat], [200, true, true])
    const renewed = await askToken(bank, shop, {
      grant_type: 'refresh_token',
      refresh_token: String(body.refresh_token),
    })
    assert.ok(Number(renewed.body.expires_in) <= 60)
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
})
