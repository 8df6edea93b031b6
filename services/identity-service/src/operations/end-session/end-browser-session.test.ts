import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Browser, locationOf } from '../../../testing/browser.ts'
import { openOauth } from '../../../testing/oauth-bank.ts'
import { aCode, aFlow, pushed } from '../../../testing/oauth-flows.ts'
import { aThirdParty } from '../../../testing/third-party.ts'

describe('signing out', () => {
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
