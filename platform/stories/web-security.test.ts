import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type Browser, type BrowserContext, type CDPSession, chromium, type Locator, type Page } from 'playwright-core'
import { totpCode } from '#services/identity-service/src/totp.ts'
import { ThirdParty } from '../../tools/tpp-demo/bank.ts'
import { aKey, type NewPerson, PASSWORD } from '../testing/api.ts'
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

/** How a person of a bank with a browser protects herself, with one life of factors from the first test to the last. */
describe('the security pages of the web app', WITHOUT, () => {
  let bank: TestBank
  let browser: Browser
  let context: BrowserContext
  let page: Page
  let person: NewPerson
  let folder = ''
  let back: Server
  let secret = ''
  let recovery: string[] = []
  const complaints: string[] = []

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bankflow-shop-'))
    bank = await openBank({ hasWebApp: true })
    back = await openShopWindow()
    person = await bank.api.newCustomer()
    browser = await chromium.launch({
      executablePath: BROWSER as string,
      args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
    })
    context = await browser.newContext({ locale: 'en-IE', timezoneId: 'UTC', reducedMotion: 'reduce' })
    page = await context.newPage()
    page.setDefaultTimeout(60_000)
    page.on('console', (message) => {
      if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(error.message))
  })
  after(async () => {
    await browser?.close()
    back?.close()
    await bank.close()
    rmSync(folder, { recursive: true, force: true })
  })

  // A passkey belongs to a host's name, and an address has none.
  const at = (path: string) => page.goto(`${bank.url.replace('127.0.0.1', 'localhost')}${path}`)
  const press = (name: string | RegExp, within: Page | Locator = page) =>
    within.getByRole('button', { name, exact: typeof name === 'string' }).click()
  const heading = (name: string | RegExp) => page.getByRole('heading', { name }).waitFor()
  const dialog = () => page.getByRole('dialog')

  /** The code of the app: of now, or of a later step, because each is good once. */
  function appCode(steps = 0): string {
    return totpCode(secret, new Date(Date.now() + steps * 30_000))
  }

  async function givePassword(): Promise<void> {
    await at('/')
    await page.getByLabel('E-mail address').fill(person.email)
    await page.getByLabel('Password').fill(PASSWORD)
    await press('Sign in')
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
    await page.emulateMedia({ colorScheme: 'light' })
    await page.setViewportSize(SIZES[0])
  }

  test('whoever has a password alone is told so, and adds an authenticator app with it; recovery codes are shown', async () => {
    await givePassword()
    await heading(/Hello/)
    await page.getByRole('link', { name: 'Security' }).click()
    await page.getByText('Your password is all that protects your account').waitFor()
    await page.getByText('You have no passkey yet').waitFor()
    await page.getByText('Nobody but you can see or use your accounts').waitFor()
    await isForEverybody('security')
    await press('Add an authenticator app')
    await dialog().getByLabel('Your password').fill('not the password')
    await press('Go on', dialog())
    await dialog().getByRole('alert').waitFor()
    await isForEverybody('a refused proof')
    await dialog().getByLabel('Your password').fill(PASSWORD)
    await press('Go on', dialog())
    secret = (await dialog().getByRole('group', { name: 'Key for the app' }).innerText()).replaceAll(' ', '')
    await isForEverybody('the key of the app')
    await dialog().getByLabel('Code that the app shows').fill(appCode())
    await press('Confirm', dialog())
    await heading('Your authenticator app is set up')
    recovery = await dialog().getByRole('list', { name: 'Recovery codes' }).getByRole('listitem').allInnerTexts()
    assert.ok(recovery.length >= 8)
    await isForEverybody('recovery codes')
    await press('Done', dialog())
    await page.getByText('Authenticator app', { exact: true }).waitFor()
    assert.equal(await page.getByText(recovery[0] as string).count(), 0, 'shown once')
  })

  test('the next sign-in asks for the app: a slip costs no try, a wrong code is refused in words, the right one opens', async () => {
    await press('Sign out')
    await givePassword()
    await heading('Confirm that it is you')
    await isForEverybody('the second factor')
    const code = page.getByLabel('Code from your authenticator app')
    await code.fill('12 34')
    await press('Sign in')
    await page.getByText('Enter the 6 digits of the code').waitFor()
    await code.fill(appCode() === '000000' ? '111111' : '000000')
    await press('Sign in')
    await page.getByRole('alert').filter({ hasText: 'The code is wrong' }).waitFor()
    await code.fill(appCode(1).replace(/^.{3}/, '$& '))
    await press('Sign in')
    await heading(/Hello/)
  })

  test('a passkey is added with another way to prove oneself, and signs in without address and password', async () => {
    await addVirtualAuthenticator(await context.newCDPSession(page))
    await at('/security')
    await press('Add a passkey')
    await dialog().getByLabel('Code from your authenticator app').waitFor()
    await press('Recovery code', dialog())
    await dialog().getByLabel('Your password').fill(PASSWORD)
    await dialog()
      .getByLabel('Recovery code')
      .fill(recovery[0] as string)
    await press('Go on', dialog())
    await dialog().getByLabel('Name').fill('My laptop')
    await press('Make the passkey', dialog())
    await page.getByRole('heading', { name: 'Your passkey is added' }).waitFor()
    await press('Done', dialog())
    await page.getByRole('list', { name: 'Passkeys' }).getByText('My laptop').waitFor()
    await page.getByText(`${recovery.length - 1} are left`).waitFor()
    await isForEverybody('security with all factors')
    await press('Sign out')
    await press('Sign in with a passkey')
    await heading('Security')
    await page.getByText('My laptop').waitFor()
  })

  test('a passkey proves a change alone: the phone is trusted no more than a code that reached it', async () => {
    await press('Add a phone number')
    await dialog().getByLabel('Phone number').fill('12345')
    await press('Go on', dialog())
    await dialog().getByText('Enter the number with its country').waitFor()
    await dialog().getByLabel('Phone number').fill('00351 912 345 678')
    await press('Go on', dialog())
    await press('Use your passkey', dialog())
    await dialog()
      .getByText(/We sent a code to/)
      .waitFor()
    await dialog()
      .getByLabel('Code from the text message')
      .fill(await bank.api.codeFor('+351912345678'))
    await press('Confirm', dialog())
    await press('Done', dialog())
    await page.getByText('Text messages', { exact: true }).waitFor()
  })

  test('what a shop may do is said as it was allowed, and taken back it is worth nothing, code or not', async () => {
    await shopkeeper(bank.api)
    const bankOrigin = bank.url.replace('127.0.0.1', 'localhost')
    const redirect_uri = `http://127.0.0.1:${(back.address() as AddressInfo).port}/back`
    const shop = await ThirdParty.open({ bank: bankOrigin, redirect_uri, file: join(folder, 'shop.json') })
    const payment = { amount_cents: 2_500, reference: 'Order 17' }
    const begun = await shop.begin(payment, () => {})
    await page.goto(begun.url.href)
    await page.getByLabel('E-mail address').fill(person.email)
    await page.getByLabel('Password').fill(PASSWORD)
    await press('Continue')
    await press('Use a passkey')
    await press(/^Pay/)
    await press('Use a passkey')
    await page.waitForURL(`${redirect_uri}**`)
    const returned = new URL(page.url())
    await at('/security')
    const allowed = page.getByRole('list', { name: 'Third parties that may act' })
    await allowed.getByText(/One payment of €25.00 to Corner Shop.*Order 17/).waitFor()
    await isForEverybody('a consent')
    await press(/^Take back from Corner Shop/)
    await isForEverybody('taking back')
    await press('Take it back', dialog())
    await page.getByText('Nobody but you can see or use your accounts').waitFor()
    await assert.rejects(
      shop.complete(begun, returned, { ...payment, key: aKey() }, () => {}),
      { error: 'invalid_grant' },
    )
  })

  test('a session elsewhere is seen and ended; a wrong present password changes nothing and ends nothing', async () => {
    const { body: half } = await bank.api.expect(
      200,
      bank.api.post('/auth/login', { email: person.email, password: PASSWORD }),
    )
    const answer = { challenge_id: half.challenge_id, code: recovery[1] }
    const { body: tokens } = await bank.api.expect(200, bank.api.post('/auth/mfa/verify', answer))
    const sent = { token: tokens.access_token as string }
    await bank.api.expect(200, bank.api.get('/auth/me', sent))
    await page.reload()
    await press(new RegExp(`^End App ${String(tokens.session_id).slice(-4)},`))
    await page.getByText(`App ${String(tokens.session_id).slice(-4)}`).waitFor({ state: 'detached' })
    for (let status = 200; status !== 401; ) status = (await bank.api.get('/auth/me', sent)).status
    await press('Change your password')
    await dialog().getByLabel('Present password').fill('not the password')
    await dialog().getByLabel('New password').fill('correct-horse-battery-77')
    await press('Change it', dialog())
    await dialog().getByRole('alert').waitFor()
    await isForEverybody('a refused password')
    await press('Cancel', dialog())
    await heading('Security')
    assert.deepEqual(complaints, [])
  })
})

/** Where a shop has its customers sent back to. */
async function openShopWindow(): Promise<Server> {
  const server = createServer((_request, response) => response.end('back'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

/** A key that the browser believes to be plugged in, with a person who always agrees (WebAuthn §11). */
async function addVirtualAuthenticator(session: CDPSession): Promise<void> {
  await session.send('WebAuthn.enable')
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
}
