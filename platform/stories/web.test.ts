import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { aKey, type NewPerson, PASSWORD } from '../testing/api.ts'
import { openBank, type TestBank } from '../testing/open-bank.ts'

const BROWSER = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((file) =>
  existsSync(file),
)
const WITHOUT = BROWSER === undefined ? { skip: 'no Chromium on this machine' } : {}
const AXE = readFileSync(join(import.meta.dirname, '../../node_modules/axe-core/axe.min.js'), 'utf8')
const SIZES = [
  { width: 1280, height: 900 },
  { width: 360, height: 740 },
] as const

/** The bank's first face, as somebody with a browser meets it. */
describe('the web app', WITHOUT, () => {
  let bank: TestBank
  let browser: Browser
  let context: BrowserContext
  let page: Page
  let payer: NewPerson & { account_id: string }
  let payee: NewPerson & { account_number: string }
  const complaints: string[] = []

  before(async () => {
    bank = await openBank({ hasWebApp: true })
    ;[payer, payee] = await Promise.all([bank.api.newCustomer(), bank.api.newCustomer()])
    await bank.api.deposit(await bank.api.signIn('teller'), payer.account_id, 100_000)
    browser = await chromium.launch({
      executablePath: BROWSER as string,
      args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
    })
    context = await browser.newContext({ locale: 'en-IE', timezoneId: 'UTC', reducedMotion: 'reduce' })
    page = await context.newPage()
    page.on('console', (message) => {
      if (message.type() === 'error' && !/status of (40[14]|422)/.test(message.text())) complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(error.message))
  })
  after(async () => {
    await browser?.close()
    await bank.close()
  })

  const origin = () => bank.url.replace('127.0.0.1', 'localhost')
  const home = () => page.goto(`${origin()}/`)

  async function signIn(email: string): Promise<void> {
    await home()
    await page.getByLabel('E-mail address').fill(email)
    await page.getByLabel('Password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByRole('heading', { name: /Hello/ }).waitFor()
  }

  /** Nothing that somebody with an impairment could not use, at either size, and no amount outside of the screen. */
  async function isForEverybody(what: string): Promise<void> {
    for (const size of SIZES) {
      await page.setViewportSize(size)
      // Evaluated by the browser's debugger, which the page's policy against scripts does not bind.
      await page.evaluate(AXE)
      const violations = await page.evaluate(
        'axe.run().then((found) => found.violations.map((one) => one.id + ": " + one.nodes[0].html.slice(0, 200)))',
      )
      assert.deepEqual(violations, [], `${what} at ${size.width}`)
      const overflow = (await page.evaluate('document.documentElement.scrollWidth - innerWidth')) as number
      assert.ok(overflow <= 0, `${what} at ${size.width} is ${overflow} px too wide`)
    }
    await page.setViewportSize(SIZES[0])
  }

  test('a wrong password is refused in words, and the right one shows the accounts; no script can read the session', async () => {
    await home()
    await page.getByRole('heading', { name: 'Sign in to BankFlow' }).waitFor()
    await isForEverybody('sign-in')
    await page.getByLabel('E-mail address').fill(payer.email)
    await page.getByLabel('Password').fill('not the password')
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page
      .getByRole('alert')
      .filter({ hasText: /Reference/ })
      .waitFor()
    await signIn(payer.email)
    await page.getByText('€1,000.00').waitFor()
    await isForEverybody('accounts')
    const cookies = await context.cookies()
    const session = cookies.find((cookie) => cookie.name === '__Host-bf_sid')
    assert.ok(session?.httpOnly && session.secure && session.sameSite === 'Strict')
    const seen = await page.evaluate('JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }])')
    assert.match(
      String(seen),
      /^\["",\{"bankflow-browser":"[0-9a-f-]{36}"\},\{\}\]$/,
      'a name of the browser and nothing else',
    )
  })

  test('whoever fails elsewhere locks nobody out of the browser that he signed in from', async () => {
    const body = { email: payer.email, password: 'not the password' }
    for (let tries = 0; tries < 6; tries++) await bank.api.post('/auth/login', body)
    const locked = await bank.api.post('/auth/login', { ...body, password: PASSWORD })
    assert.equal(locked.body.code, 'ACCOUNT_LOCKED')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await signIn(payer.email)
    await page.getByText('€1,000.00').waitFor()
  })

  test('a transfer is checked before it is sent, is done once, and both histories show it', async () => {
    await page.getByRole('link', { name: 'Transfer' }).click()
    await page.getByRole('button', { name: 'Go on' }).click()
    await page.getByText('Enter the account number of the payee').waitFor()
    await page.getByLabel('To account number').fill(payee.account_number)
    await page.getByLabel(/Amount/).fill('1.250,505')
    await page.getByRole('button', { name: 'Go on' }).click()
    await page.getByText(/Enter an amount in EUR/).waitFor()
    await page.getByLabel(/Amount/).fill('250,00')
    await page.getByLabel(/What it is for/).fill('Rent for March')
    await isForEverybody('transfer')
    await page.getByRole('button', { name: 'Go on' }).click()
    await page.getByRole('heading', { name: 'Check and send' }).waitFor()
    await isForEverybody('review')
    await page.getByRole('button', { name: 'Send €250.00' }).dblclick()
    await page.getByText('Done: the money is on the other account.').waitFor()
    const { body } = await bank.api.balance(payer.token, payer.account_id)
    assert.equal(body.ledger_balance_cents, 75_000, 'a double click sends once')
    await page.getByRole('link', { name: 'To your accounts' }).click()
    await page.getByRole('link', { name: /Everyday account/ }).click()
    await page.getByText('Rent for March').waitFor()
    await page.getByText('−€250.00').waitFor()
    await isForEverybody('history')
    await page.getByLabel('Search this history').fill('nothing like it')
    await page.getByRole('button', { name: 'Search' }).click()
    await page.getByText('Nothing has these words').waitFor()
    assert.match(page.url(), /q=nothing/)
  })

  test('what comes in is shown without a reload', async () => {
    await page.getByRole('link', { name: 'BankFlow' }).click()
    await page.getByText('€750.00').waitFor()
    const wish = {
      source_account_id: (await bank.api.firstAccount(payee, 'ACTIVE')).account_id,
      destination_account_id: payer.account_id,
      amount_cents: 5_000,
      currency: 'EUR',
    }
    await bank.api.expect(202, bank.api.post('/transactions/transfer', wish, { token: payee.token, key: aKey() }))
    await page.getByText('€800.00').waitFor()
    await page.getByRole('link', { name: /Notices/ }).click()
    await page.getByRole('heading', { name: 'Notices' }).waitFor()
    await isForEverybody('notices')
  })

  test('a large payment is confirmed as the bank shows it, and sent once; closed, nothing is sent', async () => {
    await page.getByRole('link', { name: 'Transfer' }).click()
    await page.getByLabel('To account number').fill(payee.account_number)
    await page.getByLabel(/Amount/).fill('600,00')
    await page.getByRole('button', { name: 'Go on' }).click()
    await page.getByRole('button', { name: 'Send €600.00' }).click()
    const dialog = page.getByRole('dialog', { name: 'Confirm this payment' })
    await dialog.getByText('600.00 EUR').waitFor()
    await dialog.getByText(payee.account_number).waitFor()
    await isForEverybody('confirm')
    await dialog.getByRole('button', { name: 'Do not send' }).click()
    assert.equal((await bank.api.balance(payer.token, payer.account_id)).body.ledger_balance_cents, 80_000)
    await page.getByRole('button', { name: 'Send €600.00' }).click()
    await dialog.getByLabel('Password').fill('not the password')
    await dialog.getByRole('button', { name: 'Confirm and send' }).click()
    await dialog.getByText(/wrong/).first().waitFor()
    await dialog.getByLabel('Password').fill(PASSWORD)
    await dialog.getByRole('button', { name: 'Confirm and send' }).click()
    await page.getByText('Done: the money is on the other account.').waitFor()
    assert.equal((await bank.api.balance(payer.token, payer.account_id)).body.ledger_balance_cents, 20_000)
  })

  test('signed out is signed out: the cookie is gone and the page shows nothing of before', async () => {
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in to BankFlow' }).waitFor()
    const cookies = await context.cookies()
    assert.equal(
      cookies.find((cookie) => cookie.name === '__Host-bf_sid'),
      undefined,
    )
    assert.doesNotMatch(await page.content(), /750\.00|Rent for March/)
    assert.deepEqual(complaints, [])
  })

  test('another origin cannot act in the name of who is signed in, and no token is let in beside the cookie', async () => {
    await signIn(payer.email)
    const [session] = (await context.cookies()).filter((cookie) => cookie.name === '__Host-bf_sid')
    const cookie = `__Host-bf_sid=${session?.value}`
    const { host } = new URL(bank.url)
    const forged = (headers: Record<string, string>) =>
      fetch(`${bank.url}/api/v1/notifications/read`, { method: 'POST', headers: { cookie, ...headers } })
    assert.equal((await forged({ origin: 'https://evil.test', 'x-bankflow': '1' })).status, 403)
    assert.equal((await forged({ origin: `http://${host}` })).status, 403)
    assert.equal((await forged({ origin: `http://${host}`, 'x-bankflow': '1' })).status, 200)
    const both = { origin: `http://${host}`, 'x-bankflow': '1', authorization: `Bearer ${payer.token}` }
    assert.equal((await forged(both)).status, 400)
  })
})
