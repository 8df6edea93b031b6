import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { Browser, locationOf } from '../../../testing/browser.ts'
import { type OauthBank, openOauth } from '../../../testing/oauth-bank.ts'
import { aFlow, pushed } from '../../../testing/oauth-flows.ts'
import { refusalOf } from '../../../testing/people.ts'
import { aThirdParty, type ThirdParty } from '../../../testing/third-party.ts'

async function openShop(t: TestContext): Promise<{ bank: OauthBank; shop: ThirdParty }> {
  const bank = await openOauth(t)
  return { bank, shop: await aThirdParty(bank) }
}

describe('an authorization request in a browser', () => {
  test('FAPI 2.0 §5.3.2.2: that was not pushed is refused before the customer is asked anything', async (t) => {
    const { bank, shop } = await openShop(t)
    const { params } = await aFlow(shop)
    const url = new URL(
      `${bank.origin}/api/v1/auth/authorize?${new URLSearchParams({ client_id: shop.client_id, ...params })}`,
    )
    const back = locationOf(await new Browser().visit(url))
    assert.deepEqual([back.searchParams.get('error'), back.searchParams.get('iss')], ['invalid_request', bank.origin])
  })

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
})
