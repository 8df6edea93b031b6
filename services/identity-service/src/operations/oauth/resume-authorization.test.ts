import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import * as client from 'openid-client'
import { Browser, locationOf } from '../../../testing/browser.ts'
import { chosen, type OauthBank, openOauth } from '../../../testing/oauth-bank.ts'
import { aCode, aFlow, PAYMENT, pushed } from '../../../testing/oauth-flows.ts'
import { aThirdParty, type ThirdParty } from '../../../testing/third-party.ts'

async function openShop(t: TestContext): Promise<{ bank: OauthBank; shop: ThirdParty }> {
  const bank = await openOauth(t)
  return { bank, shop: await aThirdParty(bank) }
}

describe('an authorization request that goes on', () => {
  test('a payment is asked for each time, however lately the browser signed in; access to accounts that was allowed is not', async (t) => {
    const bank = await openOauth(t)
    const shop = await aThirdParty(bank)
    const browser = new Browser()
    const prompts: string[] = []
    const walk = async (changed: Record<string, string>): Promise<string[]> => {
      prompts.length = 0
      let at = await pushed(bank, shop, await aFlow(shop, changed))
      while (at.origin === bank.origin) {
        const isPage = at.pathname.includes('/interaction/')
        if (isPage) prompts.push((await bank.read(browser, at)).prompt)
        at = isPage
          ? new URL(String((await bank.allow(browser, at)).headers.location))
          : locationOf(await browser.visit(at))
      }
      assert.ok(at.searchParams.get('code'))
      return [...prompts]
    }
    assert.deepEqual(await walk({}), ['login', 'consent'])
    assert.deepEqual(await walk({}), [])
    const payment = { scope: 'openid payment_initiation', authorization_details: JSON.stringify([PAYMENT]) }
    assert.deepEqual(await walk(payment), ['consent'])
    assert.deepEqual(await walk(payment), ['consent'])
    assert.deepEqual(await walk({ scope: 'openid profile account_information' }), ['consent'])
    assert.deepEqual(await walk({ prompt: 'login' }), ['login'])
  })

  test('leaves no cookie of what was answered in the browser, however often it comes', async (t) => {
    const { bank, shop } = await openShop(t)
    const browser = new Browser()
    for (let times = 0; times < 2; times += 1) await aCode(bank, shop, { browser })
    assert.deepEqual(
      [...browser.cookies.keys()].filter((name) => /interaction|resume/.test(name)),
      [],
    )
  })

  test('shows the pages what was asked, and takes no consent to anything else', async (t) => {
    const bank = await openOauth(t)
    const shop = await aThirdParty(bank)
    const browser = new Browser()
    const asked = { ...PAYMENT, source_account_id: '0190b5a0-7b7b-7b7b-8b7b-0190b5a07b70' }
    const changed = {
      scope: 'openid payment_initiation',
      authorization_details: JSON.stringify([asked]),
      login_hint: 'ann@example.com',
    }
    let at = locationOf(await browser.visit(await pushed(bank, shop, await aFlow(shop, changed))))
    const login = await bank.read(browser, at)
    assert.deepEqual([login.prompt, login.user_id, login.login_hint], ['login', null, 'ann@example.com'])
    at = locationOf(await browser.visit(new URL(String((await bank.allow(browser, at)).headers.location))))
    const seen = await bank.read(browser, at)
    assert.deepEqual([seen.prompt, seen.user_id, seen.acr, seen.amr], ['consent', bank.user_id, '2', ['pwd', 'otp']])
    assert.deepEqual(
      [seen.client.client_name, seen.client.organisation_id, seen.redirect_origin],
      ['Corner Shop', 'PSDDE-BAFIN-123456', 'https://shop.example'],
    )
    assert.deepEqual(seen.details, [{ ...asked, amount_cents: 12_550n }])
    const [detail] = seen.details
    const ids = {
      session_id: crypto.randomUUID(),
      consent_id: crypto.randomUUID(),
      expires_at: new Date(Date.now() + 60_000),
    }
    const confirmed = { amr: ['otp'], acr: '3' as const, auth_time: 1, scopes: seen.scopes }
    const wrongs = [
      { ...detail, amount_cents: 12_551n },
      { ...detail, payee_name: 'Somebody Else' },
      // The account that the request named.
      chosen(detail as NonNullable<typeof detail>),
    ]
    for (const wrong of wrongs)
      await assert.rejects(
        bank.finish(browser, at, { consent: { ...ids, ...confirmed, details: [wrong as never] } }),
        /what was asked/,
      )
    const more = { ...ids, ...confirmed, details: seen.details, scopes: [...seen.scopes, 'account_information'] }
    await assert.rejects(bank.finish(browser, at, { consent: more }), /what was asked/)
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
