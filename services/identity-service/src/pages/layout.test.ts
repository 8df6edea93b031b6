import assert from 'node:assert/strict'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { type Browser, chromium, type Page } from 'playwright-core'
import { newId } from '#libs/ids/ids.ts'
import type { ServiceTest } from '#libs/testing/service-test.ts'
import { confirmingCode, openPageTest, paymentWish, READING_WISH } from '../../testing/page-test.ts'
import type { Send } from '../../testing/pages-driver.ts'
import { PASSWORD } from '../../testing/people.ts'
import { aShop } from '../../testing/shop.ts'

const BROWSER = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((file) =>
  existsSync(file),
)
const WITHOUT = BROWSER === undefined ? { skip: 'no Chromium on this machine' } : {}
const AXE = readFileSync(join(import.meta.dirname, '../../../../node_modules/axe-core/axe.min.js'), 'utf8')
const SIZES = [
  { width: 1280, height: 900 },
  { width: 360, height: 740 },
] as const
/** Where pictures of the pages go, for whoever wants to look at them. */
const PICTURES = process.env.BANKFLOW_TEST_PICTURES

describe('the pages of an interaction in a browser', WITHOUT, () => {
  test('are for everybody at any size and in the dark, run no script, and lead back to the third party', async (t) => {
    const { bank, own, send, accounts } = await openPageTest(t)
    const landed: string[] = []
    const origin = await listen(t, send, landed)
    const shop = await aShop({ own, send, origin }, { redirect_uris: [`${origin}/shop`] })
    const browser = await launch(t)
    const context = await browser.newContext({ locale: 'en-IE', javaScriptEnabled: true, reducedMotion: 'reduce' })
    const page = await context.newPage()
    const complaints: string[] = []
    page.on('console', (message) => {
      if (message.type() === 'error' && !/status of 422/.test(message.text())) complaints.push(message.text())
    })
    const asked = { redirect_uri: `${origin}/shop` }
    await page.goto((await shop.push({ ...paymentWish({ payee_name: 'Zebra Holdings' }), ...asked })).url)
    await isForEverybody(page, 'sign-in')
    await page.getByLabel('E-mail address').fill('ann@example.com')
    await page.getByLabel('Password').fill('not this one at all')
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('alert').waitFor()
    assert.equal(await page.evaluate('document.activeElement.getAttribute("role")'), 'alert')
    await isForEverybody(page, 'sign-in-refused')
    await page.getByLabel('Password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('heading', { name: 'Corner Shop asks you to make a payment' }).waitFor()
    await isForEverybody(page, 'payment')
    const [deny, pay] = [page.getByRole('button', { name: 'Deny' }), page.getByRole('button', { name: 'Pay' })]
    const looks =
      'b => { const s = getComputedStyle(b); const r = b.getBoundingClientRect(); return [s.backgroundColor, s.color, s.fontSize, s.fontWeight, Math.round(r.height)] }'
    assert.deepEqual(await deny.evaluate(`(${looks})`), await pay.evaluate(`(${looks})`))
    await page.locator(`input[value="${accounts[1]}"]`).check()
    await pay.click()
    await page.getByRole('heading', { name: 'Confirm that it is you' }).waitFor()
    await isForEverybody(page, 'confirm')
    await page.getByLabel('Code').fill(await confirmingCode(bank))
    await page.getByRole('button', { name: 'Pay' }).click()
    await page.getByText('back at the shop').waitFor()
    assert.match(landed.at(-1) ?? '', /code=/)
    await page.goto((await shop.push({ ...READING_WISH, ...asked })).url)
    await page.getByRole('heading', { name: 'Corner Shop asks to see your accounts' }).waitFor()
    await isForEverybody(page, 'accounts')
    await page.getByRole('button', { name: 'Deny' }).click()
    await page.getByText('back at the shop').waitFor()
    assert.match(landed.at(-1) ?? '', /error=access_denied/)
    assert.deepEqual(complaints, [])
  })

  test('a passkey confirms: the one script there is runs by its nonce, and what was signed is linked to what was chosen', async (t) => {
    const { bank, own, send, accounts, ann } = await openPageTest(t)
    const landed: string[] = []
    const origin = await listen(t, send, landed)
    const shop = await aShop({ own, send, origin }, { redirect_uris: [`${origin}/shop`] })
    const browser = await launch(t)
    const page = await browser.newPage()
    await givePasskey(bank, page, ann.user_id)
    await page.goto((await shop.push({ ...paymentWish(), redirect_uri: `${origin}/shop` })).url)
    await page.getByLabel('E-mail address').fill('ann@example.com')
    await page.getByLabel('Password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Continue' }).click()
    const usePasskey = page.getByRole('button', { name: 'Use a passkey' })
    const asked = page.getByRole('heading', { name: 'Corner Shop asks you to make a payment' })
    await usePasskey.or(asked).waitFor()
    if (await usePasskey.isVisible()) await usePasskey.click()
    await asked.waitFor()
    await page.locator(`input[value="${accounts[1]}"]`).check()
    await page.getByRole('button', { name: 'Pay' }).click()
    await usePasskey.waitFor()
    await isForEverybody(page, 'passkey')
    await usePasskey.click()
    await page.getByText('back at the shop').waitFor()
    assert.match(landed.at(-1) ?? '', /code=/)
    const [consent] = await bank.owner`select amr from sessions where client_id is not null`
    assert.deepEqual(consent?.amr, ['pwd', 'hwk', 'user'])
  })
})

async function launch(t: TestContext): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: BROWSER as string,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  })
  t.after(() => browser.close())
  return browser
}

/** Puts a passkey of a user into an authenticator that Chromium plays, and registers it. */
async function givePasskey(bank: ServiceTest, page: Page, user_id: string): Promise<void> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { x, y } = publicKey.export({ format: 'jwk' })
  const [left, right] = [Buffer.from(x as string, 'base64url'), Buffer.from(y as string, 'base64url')]
  // RFC 9052 §7: {kty: EC2, alg: ES256, crv: P-256, x, y}.
  const cose = Buffer.concat([Buffer.from('a5010203262001215820', 'hex'), left, Buffer.from('225820', 'hex'), right])
  const id = randomBytes(32)
  await bank.owner`
    insert into passkeys (passkey_id, user_id, credential_id, public_key, sign_count, transports, aaguid, is_device_bound, is_backed_up, name, created_at)
    values (${newId()}, ${user_id}, ${id.toString('base64url')}, ${cose}, 0, '{internal}', '00000000-0000-0000-0000-000000000000', true, false, 'laptop', now())`
  const debug = await page.context().newCDPSession(page)
  await debug.send('WebAuthn.enable')
  const { authenticatorId } = await debug.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      ...{ protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true },
      ...{ isUserVerified: true, automaticPresenceSimulation: true },
    },
  })
  await debug.send('WebAuthn.addCredential', {
    authenticatorId,
    credential: {
      ...{ credentialId: id.toString('base64'), isResidentCredential: true, rpId: 'localhost', signCount: 0 },
      privateKey: privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
      userHandle: Buffer.from(user_id).toString('base64'),
    },
  })
}

/** Serves the raw operations at an origin of their own, and the third party's page. */
async function listen(t: TestContext, send: Send, landed: string[]): Promise<string> {
  let origin = ''
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', origin)
    if (!url.pathname.startsWith('/api/')) {
      landed.push(url.search)
      return void response
        .setHeader('content-type', 'text/html')
        .end('<!doctype html><link rel="icon" href="data:,"><p>back at the shop</p>')
    }
    let body = ''
    for await (const part of request) body += String(part)
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
    const sent = await send({ method: request.method as 'GET', url: url.href, headers, body })
    response.writeHead(sent.status, { ...sent.headers, 'set-cookie': [...sent.cookies] }).end(sent.text)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  origin = `http://localhost:${(server.address() as AddressInfo).port}`
  return origin
}

/** Nothing that somebody with an impairment could not use, at either size, light and dark, and nothing wider than the screen. */
async function isForEverybody(page: Page, what: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const)
    for (const size of SIZES) {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize(size)
      const name = `${what}-${size.width}-${colorScheme}`
      if (PICTURES !== undefined) await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true })
      // Evaluated by the browser's debugger, which the page's policy against scripts does not bind.
      await page.evaluate(AXE)
      const violations = await page.evaluate(
        'axe.run().then((found) => found.violations.map((one) => one.id + ": " + one.nodes[0].html.slice(0, 200)))',
      )
      assert.deepEqual(violations, [], name)
      const overflow = (await page.evaluate('document.documentElement.scrollWidth - innerWidth')) as number
      assert.ok(overflow <= 0, `${name} is ${overflow} px too wide`)
    }
  await page.setViewportSize(SIZES[0])
}
