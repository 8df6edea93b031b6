import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decodeProtectedHeader } from 'jose'
import * as client from 'openid-client'
import { listKeys } from '#contracts/api/identity.ts'
import { anonymous } from '#libs/contract/client.ts'
import { Browser, locationOf } from '../../testing/browser.ts'
import { chosen, openOauth } from '../../testing/oauth-bank.ts'
import { aCode, aFlow, PAYMENT, pushed, tokensOf } from '../../testing/oauth-flows.ts'
import { refusalOf } from '../../testing/people.ts'
import { aThirdParty } from '../../testing/third-party.ts'

describe('an authorization request in a browser', () => {
  test('RFC 9700 §4.16 (session fixation): is bound to the browser that began it; another one finds nothing', async (t) => {
    const bank = await openOauth(t)
    const shop = await aThirdParty(bank)
    const [victim, attacker] = [new Browser(), new Browser()]
    const page = locationOf(await attacker.visit(await pushed(bank, shop, await aFlow(shop))))
    assert.match(page.pathname, /^\/api\/v1\/auth\/interaction\//)
    assert.equal(await refusalOf(bank.read(victim, page)), 'INTERACTION_GONE')
    assert.equal(await refusalOf(bank.allow(victim, page)), 'INTERACTION_GONE')
    // Nor with a cookie of that name that the bank did not sign.
    const uid = page.pathname.split('/').at(-1) as string
    victim.cookies.set(`__Host-bf_as_interaction.${uid}`, uid)
    assert.equal(await refusalOf(bank.read(victim, page)), 'INTERACTION_GONE')
    const resume = new URL(String((await bank.allow(attacker, page)).headers.location))
    const stolen = await victim.visit(resume)
    assert.deepEqual([stolen.status, stolen.headers.get('location')], [400, null])
  })

  test("several at once in one browser do not get in each other's way", async (t) => {
    const bank = await openOauth(t)
    const shop = await aThirdParty(bank)
    const browser = new Browser()
    const pages = []
    for (let i = 0; i < 3; i += 1)
      pages.push(locationOf(await browser.visit(await pushed(bank, shop, await aFlow(shop)))))
    for (const page of pages) assert.equal((await bank.read(browser, page)).uid, page.pathname.split('/').at(-1))
  })

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

  test('OpenID Connect RP-Initiated Logout: nobody is signed out by a link alone, and what was allowed stays', async (t) => {
    const bank = await openOauth(t)
    const shop = await aThirdParty(bank)
    const browser = new Browser()
    await aCode(bank, shop, { browser })
    const page = await browser.visit(`${bank.origin}/api/v1/auth/end-session?client_id=${shop.client_id}`)
    const html = await page.text()
    assert.equal(page.status, 200)
    assert.match(String(page.headers.get('content-security-policy')), /frame-ancestors 'none'/)
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(html)?.[1] as string
    const confirm = (fields: Record<string, string>): Promise<Response> =>
      browser.visit(`${bank.origin}/api/v1/auth/end-session/confirm`, {
        method: 'POST',
        body: new URLSearchParams(fields),
      })
    assert.equal((await confirm({ xsrf: 'guessed', logout: 'yes' })).status, 400)
    const out = locationOf(await confirm({ xsrf, logout: 'yes' }))
    assert.equal(out.pathname, '/api/v1/auth/end-session/success')
    assert.match(await (await browser.visit(out)).text(), /signed out/)
    const [session] = await bank.bank.owner<
      { status: string }[]
    >`select status from sessions where client_id = ${shop.client_id}`
    assert.equal(session?.status, 'ACTIVE')
    const next = locationOf(await browser.visit(await pushed(bank, shop, await aFlow(shop))))
    assert.equal((await bank.read(browser, next)).prompt, 'login')
  })
})

describe('the keys of the authorization server', () => {
  test('change under way: the next token has the new one, and what the old one signed is still known', async (t) => {
    const bank = await openOauth(t)
    const shop = await aThirdParty(bank)
    const before = await tokensOf(bank, shop)
    await bank.bank.owner`update signing_keys set created_at = created_at - interval '100 days'`
    await bank.own.keyRing.rotate(86_400)
    const after = await tokensOf(bank, shop)
    const kids = [before, after].map(({ access_token = '' }) => decodeProtectedHeader(access_token).kid)
    assert.notEqual(kids[0], kids[1])
    const { keys } = (await bank.bank.call(listKeys, {}, anonymous)).reply
    assert.deepEqual(
      kids.map((kid) => keys.some((key) => key.kid === kid)),
      [true, true],
    )
    for (const { access_token = '' } of [before, after])
      assert.equal((await client.tokenIntrospection(shop.config, access_token)).active, true)
  })
})
