import assert from 'node:assert/strict'
import { after, before, describe, type TestContext, test } from 'node:test'
import { createMetrics } from '#libs/telemetry/metrics.ts'
import { within } from '#libs/testing/service-test.ts'
import { Bank } from '../bank.ts'
import { GATEWAY } from '../catalogue.ts'
import { gatewayListener, serviceListener } from '../listeners.ts'
import { demoPassword } from '../sandbox.ts'
import { Api, PASSWORD, type Reply } from '../testing/api.ts'
import { openBank, type TestBank } from '../testing/open-bank.ts'

/** A browser without a page: it keeps the session cookie, and says where its requests come from. */
class Browser {
  readonly #api: Api
  /** The header by which the last cookie came or went. */
  setCookie = ''
  cookie = ''

  constructor(api: Api) {
    this.#api = api
  }

  get headers(): Record<string, string> {
    const own = { origin: this.#api.url, 'x-bankflow': '1' }
    return this.cookie === '' ? own : { ...own, cookie: this.cookie }
  }

  async send(method: string, path: string, body?: unknown, more: Record<string, string> = {}): Promise<Reply> {
    const reply = await this.#api.send(method, path, body, { headers: { ...this.headers, ...more } })
    const set = reply.headers.get('set-cookie')
    if (set !== null) {
      this.setCookie = set
      this.cookie = set.split(';', 1)[0] as string
    }
    return reply
  }

  /** Signs a demo user (`admin`) or an address in. */
  async signIn(user: string, password = demoPassword): Promise<this> {
    const email = user.includes('@') ? user : `${user}@demo.bankflow.test`
    const { status, body } = await this.send('POST', '/auth/web/sign-in', { email, password })
    assert.deepEqual([status, body.status, body.user.email], [200, 'SIGNED_IN', email])
    return this
  }
}

/** A gateway that knows the services of a bank only over the network, as in a bank of several processes. */
async function openGatewayOf(t: TestContext, { bank }: TestBank): Promise<Api> {
  const { options } = bank
  const key = options.keyOf(GATEWAY)
  options.keysOfService = () => new Map([[key.kid, key.publicKey]])
  const services = serviceListener(bank, createMetrics())
  const url = await services.listen({ port: 0, host: '127.0.0.1' })
  const gateway = new Bank({ ...options, here: [GATEWAY], urlOf: () => url })
  await gateway.open()
  const edge = gatewayListener(gateway, createMetrics())
  t.after(async () => {
    await edge.close()
    await gateway.stop()
    await services.close()
  })
  return new Api(await edge.listen({ port: 0, host: '127.0.0.1' }))
}

/** Listens as a page of this browser does; answers a promise of the end of the line. */
async function hangsUp(api: Api, headers: Record<string, string>): Promise<Promise<void>[]> {
  const response = await fetch(`${api.url}/api/v1/notifications/stream`, {
    headers: { ...headers, accept: 'text/event-stream' },
    signal: AbortSignal.timeout(30_000),
  })
  assert.equal(response.status, 200)
  const heard = (async () => {
    for await (const _chunk of response.body as ReadableStream<Uint8Array>);
  })()
  return [heard]
}

describe('a browser’s session', () => {
  let bank: TestBank
  let api: Api
  before(async () => {
    bank = await openBank()
    api = bank.api
  })
  after(() => bank.close())

  const signedIn = (user: string): Promise<Browser> => new Browser(api).signIn(user)
  const isOut = (browser: Browser): Promise<boolean> =>
    within(1_000, async () => (await browser.send('GET', '/users/me')).status === 401)

  test('stands in a cookie that only the bank’s own pages send, and answers hold no token', async () => {
    const browser = new Browser(api)
    const email = 'customer1@demo.bankflow.test'
    const { body } = await browser.send('POST', '/auth/web/sign-in', { email, password: demoPassword })
    const [pair, ...flags] = browser.setCookie.split('; ')
    assert.match(pair ?? '', /^__Host-bf_sid=[A-Za-z0-9_-]{43}$/)
    assert.deepEqual(flags.sort(), ['HttpOnly', 'Path=/', 'SameSite=Strict', 'Secure'])
    assert.doesNotMatch(JSON.stringify(body), /token|eyJ/)
    assert.equal((await browser.send('GET', '/users/me')).body.email, email)
    const session = (await browser.send('GET', '/auth/web/session')).body
    assert.ok(Date.parse(session.idle_expires_at) < Date.parse(session.expires_at))
  })

  test('writes only from its own page', async () => {
    const browser = await signedIn('customer1')
    const { user_id, first_name } = (await browser.send('GET', '/users/me')).body
    const change = { first_name: 'Carla' }
    for (const strange of [{ origin: 'https://evil.example' }, { 'x-bankflow': '2' }]) {
      const { status, body } = await browser.send('PUT', `/users/${user_id}`, change, strange)
      assert.deepEqual([status, body.code], [403, 'CROSS_SITE_REFUSED'])
    }
    assert.equal((await browser.send('GET', '/users/me')).body.first_name, first_name)
    assert.equal((await browser.send('PUT', `/users/${user_id}`, change)).body.first_name, 'Carla')
    const token = await api.signIn('customer1')
    const both = await browser.send('GET', '/users/me', undefined, { authorization: `Bearer ${token}` })
    assert.deepEqual([both.status, both.body.code], [400, 'TWO_CREDENTIALS'])
  })

  test('ended from elsewhere it is out within a second, however warm it was', async () => {
    const [here, elsewhere] = [await signedIn('customer2'), await signedIn('customer2')]
    assert.equal((await elsewhere.send('GET', '/users/me')).status, 200)
    assert.ok((await here.send('DELETE', '/auth/sessions')).body.revoked >= 1)
    await isOut(elsewhere)
    assert.equal((await here.send('GET', '/users/me')).status, 200)
  })

  test('signed out the cookie is taken back, and who kept it has nothing', async () => {
    const browser = await signedIn('customer2')
    const { cookie } = browser
    assert.equal((await browser.send('POST', '/auth/web/sign-out')).status, 204)
    assert.match(browser.setCookie, /^__Host-bf_sid=; .*Max-Age=0/)
    browser.cookie = cookie
    await isOut(browser)
  })

  test('is the same through a gateway in another process, which gets tokens and hands on no cookie', async (t) => {
    const far = await openGatewayOf(t, bank)
    const [here, elsewhere] = [await new Browser(far).signIn('customer1'), await new Browser(far).signIn('customer1')]
    for (const browser of [here, elsewhere]) assert.equal((await browser.send('GET', '/users/me')).status, 200)
    const strange = await here.send('DELETE', '/auth/sessions', undefined, { origin: api.url })
    assert.deepEqual([strange.status, strange.body.code], [403, 'CROSS_SITE_REFUSED'])
    assert.ok((await here.send('DELETE', '/auth/sessions')).body.revoked >= 1)
    await isOut(elsewhere)
    assert.equal((await here.send('POST', '/auth/web/sign-out')).status, 204)
    assert.match(here.setCookie, /Max-Age=0/)
  })

  test('ASVS 3.3.3: a new password ends everything else within a second: an app, its refresh token, a browser, and a line that listens', async () => {
    const person = await api.newStranger()
    const { email, token } = person
    const browserOf = async (): Promise<Browser> => {
      const browser = new Browser(api)
      assert.equal(
        (await browser.send('POST', '/auth/web/sign-in', { email, password: PASSWORD })).body.status,
        'SIGNED_IN',
      )
      return browser
    }
    const [here, elsewhere] = [await browserOf(), await browserOf()]
    const app = await api.expect(200, api.post('/auth/login', { email, password: PASSWORD }))
    const [line] = await hangsUp(api, elsewhere.headers)
    for (const warm of [token, app.body.tokens.access_token])
      await api.expect(200, api.get('/users/me', { token: warm }))
    const before = here.cookie
    const change = { current_password: PASSWORD, new_password: 'quite another password' }
    const changed = await here.send('POST', '/auth/password', change)
    assert.deepEqual([changed.status, changed.body], [200, { ended_sessions: 3 }])
    await isOut(elsewhere)
    for (const old of [token, app.body.tokens.access_token])
      await within(1_000, async () => (await api.get('/users/me', { token: old })).status === 401)
    const { refresh_token } = app.body.tokens
    assert.equal((await api.post('/auth/refresh', { refresh_token })).body.code, 'REFRESH_TOKEN_WRONG')
    await line
    assert.notEqual(here.cookie, before, 'the cookie is another one from here on')
    assert.equal((await here.send('GET', '/users/me')).body.email, email)
    assert.equal((await here.send('GET', '/auth/web/session')).status, 200)
  })

  test('ASVS 3.2.1: a session that confirmed something strongly has another cookie', async () => {
    const browser = await signedIn('customer1')
    const before = browser.cookie
    const { user_id } = (await browser.send('GET', '/users/me')).body
    const asked = { operation: 'updateUser', params: { user_id }, body: { first_name: 'Casey' } }
    const { body: started } = await browser.send('POST', '/auth/step-up', asked)
    const { status } = await browser.send('POST', `/auth/step-up/${started.challenge_id}`, { password: demoPassword })
    assert.equal(status, 200)
    assert.match(browser.setCookie, /^__Host-bf_sid=[A-Za-z0-9_-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict$/)
    assert.notEqual(browser.cookie, before)
    assert.equal((await browser.send('GET', '/users/me')).body.user_id, user_id)
  })

  test('a deactivated user is out at once and stays out, in words that tell nothing', async () => {
    const { email, user_id } = await api.newStranger()
    const [admin, victim] = [await signedIn('admin'), await new Browser(api).signIn(email, PASSWORD)]
    assert.equal((await admin.send('DELETE', `/users/${user_id}`)).body.is_active, false)
    await isOut(victim)
    const again = await new Browser(api).send('POST', '/auth/web/sign-in', { email, password: PASSWORD })
    assert.deepEqual([again.status, again.body.code], [401, 'CREDENTIALS_WRONG'])
  })
})
