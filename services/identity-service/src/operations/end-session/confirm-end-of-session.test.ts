import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Browser, locationOf } from '../../../testing/browser.ts'
import { openOauth } from '../../../testing/oauth-bank.ts'
import { aCode, aFlow, pushed } from '../../../testing/oauth-flows.ts'
import { aThirdParty } from '../../../testing/third-party.ts'

describe('signing out', () => {
  test('is refused to who was not asked (CSRF), and who says no stays signed in', async (t) => {
    const bank = await openOauth(t)
    const shop = await aThirdParty(bank)
    const browser = new Browser()
    await aCode(bank, shop, { browser })
    const confirm = (fields: Record<string, string>): Promise<Response> =>
      browser.visit(`${bank.origin}/api/v1/auth/end-session/confirm`, {
        method: 'POST',
        body: new URLSearchParams(fields),
      })
    assert.equal((await confirm({ xsrf: 'guessed', logout: 'yes' })).status, 400)
    const page = await browser.visit(`${bank.origin}/api/v1/auth/end-session`)
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(await page.text())?.[1] as string
    assert.equal((await confirm({ xsrf })).status, 303)
    const payment = { scope: 'openid profile account_information' }
    const next = locationOf(await browser.visit(await pushed(bank, shop, await aFlow(shop, payment))))
    assert.equal((await bank.read(browser, next)).prompt, 'consent')
  })
})
