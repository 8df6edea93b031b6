import assert from 'node:assert/strict'
import { readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import * as oauth from 'openid-client'
import { makeTemporaryHome } from '../embedded/temporary-home.ts'
import { type Issued, issueClientCertificate } from '../mtls-authority.ts'
import { Api, aKey, type NewPerson } from '../testing/api.ts'
import { allow, REDIRECT } from '../testing/gateway-shop.ts'
import { RAISED_LIMITS } from '../testing/open-bank.ts'
import { SpawnedBank } from '../testing/spawned-bank.ts'
import { aTlsShop, sendingBy, type TlsShop, tlsTokensFor } from '../testing/tls-shop.ts'

type Customer = NewPerson & { account_id: string; account_number: string }

const SUBJECT = 'CN=Story Shop,O=Shops,C=PT'
const THIEF = 'CN=Other Shop,O=Shops,C=PT'
const ACCOUNTS = { scope: 'openid account_information', details: [{ type: 'account_access', actions: ['accounts'] }] }
/** By which headers servers are told of certificates elsewhere. */
const CERTIFICATE_HEADERS = [
  ...['x-client-cert', 'x-ssl-client-cert', 'ssl-client-cert', 'x-forwarded-client-cert', 'client-cert'],
  'x-bankflow-certificate',
]

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** A bank in a process of its own, with both its doors. */
describe('third parties with certificates, at the second door', { timeout: 240_000 }, () => {
  let home = ''
  let spawned: SpawnedBank
  let api: Api
  let door = ''
  let ca = ''
  let certificate: Issued
  let stolen: Issued
  let shop: TlsShop
  let payer: Customer
  let payee: Customer

  before(async () => {
    home = await makeTemporaryHome('bankflow-door-')
    const port = await freePort()
    door = `https://localhost:${port}`
    spawned = new SpawnedBank({ ...RAISED_LIMITS, BANKFLOW_HOME: home, PORT: '0', BANKFLOW_MTLS_PORT: String(port) })
    const { url } = await spawned.start(120_000)
    // By the name that the second door's certificate has: a sandbox is a different issuer under every name.
    api = new Api(url.replace('127.0.0.1', 'localhost'))
    const file = /certificates of (\S+)\)/.exec(spawned.output)?.[1] as string
    ca = await readFile(file, 'utf8')
    const folder = join(file, '..')
    certificate = await issueClientCertificate(folder, { subject: SUBJECT })
    stolen = await issueClientCertificate(folder, { subject: THIEF })
    shop = await aTlsShop(api, { profile: '2.0', certificate, ca, subject: SUBJECT })
    payer = await api.newCustomer()
    payee = await api.newCustomer()
    await api.deposit(await api.signIn('teller'), payer.account_id, 500_00)
  })
  after(async () => {
    await spawned?.stop()
    if (home !== '') await rm(home, { recursive: true, force: true })
  })

  const accountsBy = async (send: typeof fetch, token: string, origin: string, headers = {}): Promise<Response> =>
    send(`${origin}/api/v1/accounts`, { headers: { authorization: `Bearer ${token}`, ...headers } })
  const pushed = (send: typeof fetch, origin: string, headers: Record<string, string> = {}): Promise<Response> =>
    send(`${origin}/api/v1/auth/par`, {
      method: 'POST',
      body: new URLSearchParams({
        ...{ client_id: shop.client_id, response_type: 'code', redirect_uri: REDIRECT, scope: ACCOUNTS.scope },
        ...{ code_challenge: 'x'.repeat(43), code_challenge_method: 'S256', state: 'a-state' },
      }),
      headers,
    })
  const refusalOf = async (answer: Response): Promise<[number, unknown]> => {
    const { error, code } = (await answer.json()) as { error?: string; code?: string }
    return [answer.status, error ?? code]
  }

  test('RFC 8705 2.1, RFC 8705 3: a client is known by its certificate, and so is its token', async () => {
    const asked = { ...ACCOUNTS, email: payer.email, choice: { account: [payer.account_id] } }
    const { access_token } = await tlsTokensFor(api, shop, asked)
    const seen = await accountsBy(shop.send, access_token, door)
    assert.equal(seen.status, 200)
    const { items } = (await seen.json()) as { items: { account_id: string }[] }
    assert.deepEqual(
      items.map(({ account_id }) => account_id),
      [payer.account_id],
    )
    // Of the same subject and yet another certificate: a token is bound to the very one.
    const again = await issueClientCertificate(join(home, 'mtls'), { subject: SUBJECT })
    for (const [by, origin] of [
      [stolen, door],
      [again, door],
      [certificate, api.url],
    ] as const)
      assert.equal((await accountsBy(sendingBy(by, ca), access_token, origin)).status, 401, origin)
    const headers = Object.fromEntries(
      CERTIFICATE_HEADERS.map((name) => [name, encodeURIComponent(certificate.certificate)]),
    )
    assert.equal((await accountsBy(sendingBy(stolen, ca), access_token, door, headers)).status, 401)
    assert.equal((await accountsBy(fetch, access_token, api.url, headers)).status, 401)
  })

  test("RFC 8705 2.1: without its certificate, with another client's, or with a header that tells of one, nobody is this client", async () => {
    assert.equal((await pushed(shop.send, door)).status, 201)
    assert.deepEqual(await refusalOf(await pushed(sendingBy(stolen, ca), door)), [401, 'invalid_client'])
    assert.deepEqual(await refusalOf(await pushed(fetch, api.url)), [401, 'invalid_client'])
    await assert.rejects(pushed(sendingBy(undefined, ca), door), { code: /^(ERR_SSL|ECONNRESET|EPIPE)/ })
    for (const shown of [certificate.certificate, encodeURIComponent(certificate.certificate)])
      for (const name of CERTIFICATE_HEADERS) {
        const headers = { [name]: shown.replaceAll('\n', ' ') }
        assert.deepEqual(await refusalOf(await pushed(fetch, api.url, headers)), [401, 'invalid_client'], name)
        const by = sendingBy(stolen, ca)
        assert.deepEqual(await refusalOf(await pushed(by, door, headers)), [401, 'invalid_client'], name)
      }
  })

  test('RFC 9449 4.3: a client of a certificate whose token is bound to a key proves that key at either door', async () => {
    const metadata = { tls_client_certificate_bound_access_tokens: false, dpop_bound_access_tokens: true }
    const bound = await aTlsShop(api, { profile: '2.0', certificate, ca, subject: SUBJECT, metadata })
    const DPoP = oauth.getDPoPHandle(bound.config, await oauth.randomDPoPKeyPair('ES256'))
    const asked = { ...ACCOUNTS, email: payer.email, choice: { account: [payer.account_id] }, DPoP }
    const { access_token, token_type } = await tlsTokensFor(api, bound, asked)
    assert.equal(token_type, 'dpop')
    for (const origin of [api.url, door]) {
      const url = new URL(`${origin}/api/v1/accounts`)
      const seen = await oauth.fetchProtectedResource(bound.config, access_token, url, 'GET', undefined, undefined, {
        DPoP,
      })
      assert.equal(seen.status, 200, origin)
    }
  })

  test('FAPI 1.0 5.2.2: a signed request through the browser, a signed answer, a token by a JSON request: a completed transfer', async () => {
    const signer = await issueClientCertificate(join(home, 'mtls'), { subject: 'CN=Old Shop,O=Shops,C=PT' })
    const old = await aTlsShop(api, {
      ...{ profile: '1.0', certificate: signer, ca, subject: 'CN=Old Shop,O=Shops,C=PT' },
    })
    const code_verifier = oauth.randomPKCECodeVerifier()
    const details = {
      ...{ type: 'payment_initiation', amount_cents: 75_00, currency: 'EUR', payee_name: 'Story Shop' },
      ...{ destination_account_number: payee.account_number, reference: 'Order 18' },
    }
    const params = {
      ...{ response_type: 'code', response_mode: 'jwt', redirect_uri: REDIRECT, scope: 'openid payment_initiation' },
      ...{ state: 'a-state', nonce: 'a-nonce', code_challenge_method: 'S256' },
      code_challenge: await oauth.calculatePKCECodeChallenge(code_verifier),
      authorization_details: JSON.stringify([details]),
    }
    const fresh = (_header: object, payload: Record<string, unknown>): void => {
      const now = Math.floor(Date.now() / 1000)
      Object.assign(payload, { nbf: now, exp: now + 300, aud: api.url })
    }
    const signed = { key: old.key, kid: 'story' }
    const url = await oauth.buildAuthorizationUrlWithJAR(old.config, params, signed, { [oauth.modifyAssertion]: fresh })
    const { back } = await allow(api, url.href, { email: payer.email, choice: { source: payer.account_id } })
    assert.deepEqual([...back.searchParams.keys()], ['response'])
    const keys = createRemoteJWKSet(new URL(`${api.url}/api/v1/auth/jwks`))
    const told = { issuer: api.url, audience: old.client_id }
    const { payload } = await jwtVerify(back.searchParams.get('response') as string, keys, told)
    assert.deepEqual([payload.state, payload.error], ['a-state', undefined])
    const redeem = (send: typeof fetch, origin: string): Promise<Response> => {
      const form = { grant_type: 'authorization_code', code: payload.code, code_verifier, redirect_uri: REDIRECT }
      const body = JSON.stringify({ client_id: old.client_id, ...form })
      return send(`${origin}/api/v1/auth/token`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      })
    }
    assert.equal((await redeem(sendingBy(stolen, ca), door)).status, 401)
    const redeemed = await redeem(old.send, door)
    const tokens = (await redeemed.json()) as { access_token: string }
    assert.equal(redeemed.status, 200, JSON.stringify(tokens))
    const body = {
      ...{ source_account_id: payer.account_id, destination_account_number: payee.account_number },
      ...{ amount_cents: 75_00, currency: 'EUR', description: 'Order 18' },
    }
    const paid = await old.send(`${door}/api/v1/transactions/transfer`, {
      method: 'POST',
      headers: {
        ...{ authorization: `Bearer ${tokens.access_token}`, 'content-type': 'application/json' },
        ...{ 'idempotency-key': aKey(), prefer: 'wait=20' },
      },
      body: JSON.stringify(body),
    })
    const answered = (await paid.json()) as { status: string }
    assert.deepEqual([paid.status, answered.status], [202, 'COMPLETED'], JSON.stringify(answered))
    assert.equal((await api.balance(payee.token, payee.account_id)).body.available_balance_cents, 75_00)
  })
})
