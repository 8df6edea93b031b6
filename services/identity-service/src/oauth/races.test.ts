import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Browser, locationOf } from '../../testing/browser.ts'
import { type OauthBank, openOauth } from '../../testing/oauth-bank.ts'
import { aCode, aFlow, aProof, askToken, push, pushed, redeeming } from '../../testing/oauth-flows.ts'
import { aThirdParty } from '../../testing/third-party.ts'

const ROUNDS = 100
/** The rounds of what takes a whole walk through the pages. */
const WALKS = 5

/** As many at once, and the outcomes that are `winner`'s. */
async function winnersOf(count: number, attempt: () => Promise<unknown>): Promise<number> {
  const outcomes = await Promise.all(Array.from({ length: count }, attempt))
  return outcomes.filter((outcome) => outcome === true).length
}

function isCode(response: Response): boolean {
  return response.headers.get('location')?.includes('code=') === true
}

/** A browser that signed in and allowed; the last step, which gives the code, is not taken yet. */
async function allowed(bank: OauthBank, url: URL): Promise<[Browser, URL]> {
  const browser = new Browser()
  let at = url
  for (let page = 0; page < 2; page += 1) {
    at = locationOf(await browser.visit(at))
    at = new URL(String((await bank.allow(browser, at)).headers.location))
  }
  return [browser, at]
}

describe('of many at the same moment exactly one wins', () => {
  test(`RFC 6749 §10.5: a code, redeemed 5 times at once, ${ROUNDS} rounds`, async (t) => {
    const bank = await openOauth(t)
    const shop = await aThirdParty(bank)
    const browser = new Browser()
    for (let round = 0; round < ROUNDS; round += 1) {
      const flow = await aCode(bank, shop, { browser })
      const won = await winnersOf(5, async () => (await askToken(bank, shop, redeeming(shop, flow))).status === 200)
      assert.equal(won, 1, `round ${round}`)
    }
  })

  test(`RFC 7523 §3: a client assertion, shown 8 times at once, ${ROUNDS} rounds`, async (t) => {
    const bank = await openOauth(t)
    const shop = await aThirdParty(bank)
    const { params } = await aFlow(shop)
    for (let round = 0; round < ROUNDS; round += 1) {
      const client_assertion = await shop.assertion()
      const won = await winnersOf(8, async () => (await push(shop, { ...params, client_assertion })).status === 201)
      assert.equal(won, 1, `round ${round}`)
    }
  })

  test(`RFC 9449 §11.1: a DPoP proof, shown 8 times at once, ${ROUNDS} rounds`, async (t) => {
    const bank = await openOauth(t)
    const shop = await aThirdParty(bank)
    const { params } = await aFlow(shop)
    for (let round = 0; round < ROUNDS; round += 1) {
      const dpop = await aProof(bank, shop, { htu: `${bank.origin}/api/v1/auth/par` })
      const won = await winnersOf(8, async () => (await push(shop, params, { dpop })).status === 201)
      assert.equal(won, 1, `round ${round}`)
    }
  })

  test(`RFC 9126 §4: a pushed request, brought 8 times at once by a browser that has nothing to be asked any more, ${ROUNDS} rounds`, async (t) => {
    const bank = await openOauth(t)
    const shop = await aThirdParty(bank)
    const browser = new Browser()
    await aCode(bank, shop, { browser })
    for (let round = 0; round < ROUNDS; round += 1) {
      const url = await pushed(bank, shop, await aFlow(shop))
      const cookie = browser.cookieHeader()
      const won = await winnersOf(8, async () => isCode(await fetch(url, { headers: { cookie }, redirect: 'manual' })))
      assert.equal(won, 1, `round ${round}`)
      await aCode(bank, shop, { browser })
    }
  })

  test(`RFC 9126 §4: a pushed request that was allowed in 4 browsers, each of which comes back twice at once, ${WALKS} rounds`, async (t) => {
    const bank = await openOauth(t)
    const shop = await aThirdParty(bank)
    for (let round = 0; round < WALKS; round += 1) {
      const url = await pushed(bank, shop, await aFlow(shop))
      const ends = await Promise.all([1, 2, 3, 4].map(() => allowed(bank, url)))
      const comeBack = ([browser, at]: [Browser, URL]): Promise<Response> =>
        fetch(at, { headers: { cookie: browser.cookieHeader() }, redirect: 'manual' })
      const won = await Promise.all([...ends, ...ends].map(async (end) => isCode(await comeBack(end))))
      assert.equal(won.filter(Boolean).length, 1, `round ${round}`)
    }
  })

  test(`a consent that is allowed 8 times at once is one consent, ${WALKS} rounds`, async (t) => {
    const bank = await openOauth(t)
    const shop = await aThirdParty(bank)
    for (let round = 1; round <= WALKS; round += 1) {
      const browser = new Browser()
      let at = locationOf(await browser.visit(await pushed(bank, shop, await aFlow(shop))))
      at = new URL(String((await bank.allow(browser, at)).headers.location))
      at = locationOf(await browser.visit(at))
      const won = await winnersOf(8, () =>
        bank.allow(browser, at).then(
          () => true,
          () => false,
        ),
      )
      assert.equal(won, 1)
      const [counted] = await bank.bank.owner<{ count: number }[]>`select count(*)::int as count from consents`
      assert.equal(counted?.count, round)
    }
  })
})
