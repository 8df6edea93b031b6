import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { type Browser, chromium, type Page } from 'playwright-core'
import { type NewPerson, PASSWORD } from '../testing/api.ts'
import { openBank, type TestBank } from '../testing/open-bank.ts'

const BROWSER = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((file) =>
  existsSync(file),
)
const WITHOUT = BROWSER === undefined ? { skip: 'no Chromium on this machine' } : {}

/** What a page does with the options that the bank gives it, and the answer as JSON (WebAuthn §5.1.8, §5.1.10). */
const CREATE = `(options) => navigator.credentials
  .create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) }).then((made) => made.toJSON())`
const GET = `(options) => navigator.credentials
  .get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) }).then((got) => got.toJSON())`

/** Passkeys with a real browser and its virtual authenticator, over HTTP. */
describe('passkeys in a browser', WITHOUT, () => {
  let bank: TestBank
  let browser: Browser
  let page: Page
  let person: NewPerson

  before(async () => {
    bank = await openBank()
    person = await bank.api.newCustomer()
    browser = await chromium.launch({
      executablePath: BROWSER as string,
      args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
    })
    page = await browser.newPage()
    const tools = await page.context().newCDPSession(page)
    await tools.send('WebAuthn.enable')
    const options = {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
    } as const
    await tools.send('WebAuthn.addVirtualAuthenticator', {
      options: { ...options, isUserVerified: true, automaticPresenceSimulation: true },
    })
    await page.goto(`${bank.url.replace('127.0.0.1', 'localhost')}/health`)
  })
  after(async () => {
    await browser?.close()
    await bank.close()
  })

  const inPage = (ceremony: string, options: unknown) => page.evaluate(`(${ceremony})(${JSON.stringify(options)})`)

  test('one is registered, signs in without a user name, proves a change of factors, and is removed by that', async () => {
    const { api } = bank
    const sent = { token: person.token }
    const begun = await api.expect(200, api.post('/auth/passkeys/options', { password: PASSWORD }, sent))
    const { ceremony_id, options } = begun.body
    const passkey = await inPage(CREATE, options)
    const made = await api.expect(201, api.post('/auth/passkeys', { ceremony_id, name: 'Test key', passkey }, sent))
    assert.equal(made.body.recovery_codes.length, 10)

    const asked = (await api.expect(200, api.post('/auth/passkeys/login/options', {}))).body
    const body = { ceremony_id: asked.ceremony_id, passkey: await inPage(GET, asked.options) }
    const entered = (await api.expect(200, api.post('/auth/passkeys/login', body))).body
    assert.equal(entered.status, 'SIGNED_IN')

    const own = { token: entered.tokens.access_token as string }
    const { challenge_id } = (await api.expect(200, api.post('/auth/mfa/proof', undefined, own))).body
    const offered = await api.post(`/auth/mfa/proof/${challenge_id}/offer`, { factor: 'PASSKEY' }, own)
    const proof = { challenge_id, passkey: await inPage(GET, offered.body.passkey_options) }
    const gone = await api.send('DELETE', `/auth/mfa/factors/${made.body.passkey.passkey_id}`, { proof }, own)
    assert.deepEqual([gone.status, gone.body], [200, { mfa_enabled: false }])
  })
})
