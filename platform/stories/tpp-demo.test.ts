import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { openShop, type RunningShop } from '../../tools/tpp-demo/shop.ts'
import { type NewPerson, PASSWORD } from '../testing/api.ts'
import { openBank, type TestBank } from '../testing/open-bank.ts'
import { shopkeeper } from '../testing/shopkeeper.ts'

const BROWSER = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((file) =>
  existsSync(file),
)
const WITHOUT = BROWSER === undefined ? { skip: 'no Chromium on this machine' } : {}
const AXE = readFileSync(join(import.meta.dirname, '../../node_modules/axe-core/axe.min.js'), 'utf8')
const SIZES = [
  { width: 1280, height: 900 },
  { width: 360, height: 740 },
] as const
type Customer = NewPerson & { account_id: string; account_number: string }

/** `npm run tpp-demo` as a person meets it: the shop on one origin, the bank on another. */
describe('the demo shop', WITHOUT, () => {
  let bank: TestBank
  let shop: RunningShop
  let browser: Browser
  let context: BrowserContext
  let page: Page
  let payer: Customer
  let merchant: { token: string; account_id: string }
  let folder = ''

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bankflow-shop-'))
    bank = await openBank()
    merchant = await shopkeeper(bank.api)
    payer = await bank.api.newCustomer()
    await bank.api.deposit(await bank.api.signIn('teller'), payer.account_id, 100_00)
    shop = await openShop({ bank: bank.url, port: 0, file: join(folder, 'shop.json') })
    browser = await chromium.launch({
      executablePath: BROWSER as string,
      args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
    })
    context = await browser.newContext({ locale: 'en-IE', timezoneId: 'UTC', reducedMotion: 'reduce' })
    page = await context.newPage()
    page.setDefaultTimeout(60_000)
  })
  after(async () => {
    await browser?.close()
    await shop?.close()
    await bank?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const press = (name: string | RegExp): Promise<void> => page.getByRole('button', { name }).first().click()
  const owned = async (): Promise<number> =>
    (await bank.api.balance(merchant.token, merchant.account_id)).body.available_balance_cents
  const mails = async (): Promise<{ mail_id: string; code: string | null }[]> =>
    (await bank.api.get(`/sandbox/mailbox?to=${encodeURIComponent(payer.email)}`)).body.items

  /** The code of a mail that was not there before. */
  async function newCode(known: readonly { mail_id: string }[]): Promise<string> {
    const isNew = ({ mail_id, code }: { mail_id: string; code: string | null }): boolean =>
      code !== null && !known.some((old) => old.mail_id === mail_id)
    for (;;) {
      const found = (await mails()).find(isNew)
      if (found?.code != null) return found.code
      await page.waitForTimeout(25)
    }
  }

  /** Nothing that somebody with an impairment could not use, at either size and in either light. */
  async function isForEverybody(what: string): Promise<void> {
    for (const size of SIZES)
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.setViewportSize(size)
        await page.emulateMedia({ colorScheme })
        await page.evaluate(AXE)
        const violations = await page.evaluate(
          'axe.run().then((found) => found.violations.map((one) => one.id + ": " + one.nodes[0].html.slice(0, 200)))',
        )
        assert.deepEqual(violations, [], `${what} at ${size.width}, ${colorScheme}`)
        const overflow = (await page.evaluate('document.documentElement.scrollWidth - innerWidth')) as number
        assert.ok(overflow <= 0, `${what} at ${size.width} is ${overflow} px too wide`)
      }
  }

  /** Chooses a ware, and signs in at the bank where it asks for that. */
  async function choose(ware: string): Promise<void> {
    await page.goto(shop.url)
    await page.getByRole('listitem').filter({ hasText: ware }).getByRole('button').click()
    await page.getByLabel('E-mail address').fill(payer.email)
    await page.getByLabel('Password').fill(PASSWORD)
    await press('Continue')
  }

  test('is paid: from its window to the bank, which names payee and amount, and back with a completed transfer', async () => {
    await page.goto(shop.url)
    await isForEverybody('the shop window')
    const before = await owned()
    await choose('A reading lamp')
    await page.getByRole('heading', { name: /Corner Shop \(demo\)/ }).waitFor()
    assert.match((await page.textContent('main')) ?? '', /42\.00/)
    const known = await mails()
    await press(/^Pay/)
    await page.getByLabel(/code/i).fill(await newCode(known))
    await press(/^Pay/)
    await page
      .getByRole('status')
      .filter({ hasText: /^Paid\. The bank calls it/ })
      .waitFor()
    assert.equal(await page.title(), 'Paid')
    assert.equal(new URL(page.url()).origin, shop.url)
    assert.equal((await owned()) - before, 42_00)
    // Every message is there to be read, and none of them has a password or a whole token.
    for (const details of await page.locator('details').all()) await details.locator('summary').click()
    await isForEverybody('a paid order, every message open')
    const text = (await page.textContent('main')) ?? ''
    for (const said of [
      'Request object',
      'Client assertion',
      'DPoP proof',
      'Access token',
      'ID token',
      'payment_initiation',
    ])
      assert.ok(text.includes(said), said)
    assert.doesNotMatch(text, /Demo-bank-2026|eyJ[\w-]{40,}\.[\w-]+\.[\w-]+/)
  })

  test('is not paid where its customer denies, and says so; the money stays', async () => {
    await context.clearCookies()
    const before = await owned()
    await choose('An oak chair')
    await press('Deny')
    await page
      .getByRole('status')
      .filter({ hasText: /Not paid: you did not allow it at the bank\./ })
      .waitFor()
    await isForEverybody('an order that was not paid')
    assert.equal(await owned(), before)
  })

  test('RFC 9700 4.7: tells a browser that has no order nothing, whatever it comes back with', async () => {
    await context.clearCookies()
    const answer = await page.goto(`${shop.url}/paid?code=stolen&state=stolen`)
    assert.equal(answer?.status(), 400)
    await page.getByRole('alert').filter({ hasText: 'no order' }).waitFor()
    await isForEverybody('a problem')
  })
})
