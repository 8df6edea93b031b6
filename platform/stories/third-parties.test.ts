import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { buildAuthorizationUrlWithPAR, calculatePKCECodeChallenge, randomPKCECodeVerifier } from 'openid-client'
import { eventually, within } from '#libs/testing/service-test.ts'
import { aKey, type NewPerson, PASSWORD } from '../testing/api.ts'
import {
  aBrowser,
  aGatewayShop,
  allow,
  allowedFor,
  authlib,
  callAs,
  type GatewayShop,
  lacksAuthlib,
} from '../testing/gateway-shop.ts'
import { openBank, type TestBank } from '../testing/open-bank.ts'

type Customer = NewPerson & { account_id: string; account_number: string }

describe('third parties, through the gateway', () => {
  let test_bank: TestBank
  let shop: GatewayShop
  let payer: Customer
  let payee: Customer
  let second_account: string

  before(async () => {
    test_bank = await openBank()
    const { api } = test_bank
    shop = await aGatewayShop(api)
    payer = await api.newCustomer()
    payee = await api.newCustomer()
    second_account = (await api.openAccount(payer.token)).account_id
    await api.deposit(await api.signIn('teller'), payer.account_id, 1_000_00)
  })
  after(() => test_bank?.close())

  const payment = (amount_cents = 120_50) => ({
    type: 'payment_initiation',
    amount_cents,
    currency: 'EUR',
    destination_account_number: payee.account_number,
    payee_name: 'Story Shop',
    reference: 'Order 17',
  })
  const bodyOf = ({ amount_cents = 120_50, description = 'Order 17' } = {}) => ({
    source_account_id: payer.account_id,
    destination_account_number: payee.account_number,
    amount_cents,
    currency: 'EUR',
    description,
    external_reference: 'Order 17',
  })

  test('FAPI 2.0 5.3.4, RFC 9396 9: a payment ends in a completed transfer, by exactly the consent, once', async () => {
    const { api, sql } = test_bank
    const asked = { details: [payment()], email: payer.email, choice: { source: payer.account_id } }
    const { tokens } = await allowedFor(api, shop, asked)
    const send = (body: object, key: string) =>
      callAs(api, shop, tokens.access_token, { method: 'POST', path: '/transactions/transfer', body, key })
    const other = await send(bodyOf({ amount_cents: 120_51 }), aKey())
    assert.deepEqual([other.status, other.body.code, other.body.outcome], [403, 'CONSENT_MISMATCH', 'nothing_moved'])
    const key = aKey()
    const paid = await send(bodyOf(), key)
    assert.deepEqual([paid.status, paid.body.status], [202, 'COMPLETED'], JSON.stringify(paid.body))
    const again = await send(bodyOf(), key)
    assert.deepEqual([again.status, again.body.transaction_id], [202, paid.body.transaction_id])
    const twice = await send(bodyOf(), aKey())
    assert.deepEqual([twice.status, twice.body.code], [409, 'CONSENT_USED'])
    const balance = await api.balance(payee.token, payee.account_id)
    assert.equal(balance.body.available_balance_cents, 120_50)
    // Whose session, which client and how it was confirmed stand on the transaction and in the trail.
    const [row] = await sql('transaction-service', 'owner')<
      { session_id: string; client_id: string; auth_method: string }[]
    >`select session_id, client_id, auth_method from transactions where transaction_id = ${paid.body.transaction_id}`
    assert.equal(row?.client_id, shop.client_id)
    assert.match(row?.auth_method ?? '', /pwd\+otp/)
    const auditor = await api.signIn('auditor')
    const acts = await eventually(async () => {
      const query = `correlation_id=${paid.headers.get('x-correlation-id')}`
      const { body } = await api.get(`/audit?${query}`, { token: auditor })
      const found = (body.items as Record<string, unknown>[]).filter(({ operation }) => operation === 'transferMoney')
      assert.ok(found.length > 0)
      return found
    })
    assert.deepEqual(
      [acts[0]?.client_id, acts[0]?.session_id, acts[0]?.auth_method],
      [shop.client_id, row?.session_id, row?.auth_method],
    )
  })

  test('FAPI 2.0 5.3.4: sees the accounts that were chosen and no other, and nothing once the consent is taken back', async () => {
    const { api } = test_bank
    const details = [{ type: 'account_access', actions: ['accounts', 'balances', 'transactions'] }]
    const asked = { details, email: payer.email, choice: { account: [payer.account_id] } }
    const { tokens } = await allowedFor(api, shop, asked)
    const get = (path: string) => callAs(api, shop, tokens.access_token, { path })
    const list = await get('/accounts')
    assert.deepEqual(
      list.body.items.map(({ account_id }: { account_id: string }) => account_id),
      [payer.account_id],
    )
    assert.equal((await get(`/accounts/${payer.account_id}/balance`)).status, 200)
    assert.equal((await get(`/accounts/${second_account}/balance`)).status, 404)
    assert.equal((await get(`/accounts/${payee.account_id}/balance`)).status, 404)
    const write = { method: 'POST', path: '/transactions/transfer', body: bodyOf(), key: aKey() }
    assert.equal((await callAs(api, shop, tokens.access_token, write)).status, 403)
    assert.equal((await get('/auth/sessions')).status, 403)
    const bare = await api.get('/accounts', { token: tokens.access_token })
    assert.equal(bare.status, 401, 'a bound token is nothing without its key')
    const consents = await api.get('/consents', { token: payer.token })
    const [mine] = consents.body.items.filter(({ status }: { status: string }) => status === 'ACTIVE')
    await api.expect(200, api.send('DELETE', `/consents/${mine.consent_id}`, undefined, { token: payer.token }))
    await within(1_000, async () => assert.equal((await get('/accounts')).status, 401))
  })

  test('RFC 6749 4.1: a client of other authors gets its tokens and pays', { skip: lacksAuthlib }, async () => {
    const { api } = test_bank
    const { client_id, key, redirect_uri } = shop
    const told = { issuer: api.url, client_id, key, redirect_uri }
    const pay = { ...told, scope: 'openid payment_initiation', details: [payment(33_00)] }
    const begun = (await authlib('begin', pay)) as { url: string; state: object }
    const { back } = await allow(api, begun.url, { email: payer.email, choice: { source: payer.account_id } })
    const body = bodyOf({ amount_cents: 33_00 })
    const headers = { 'idempotency-key': aKey(), prefer: 'wait=20' }
    const call = { method: 'POST', path: '/api/v1/transactions/transfer', body, headers }
    const done = await authlib('finish', { ...pay, state: begun.state, returned: back.href, call })
    const answered = done.call as { status: number; body: { status: string } }
    assert.deepEqual([answered.status, answered.body.status], [202, 'COMPLETED'], JSON.stringify(answered))
    assert.equal((done.id_token as { sub: string }).sub, payer.user_id)
  })

  test('RFC 9700 4.7: a customer who says no sends the browser back with access_denied and the issuer', async () => {
    const { api } = test_bank
    const { config, dpop } = shop
    const params = { redirect_uri: shop.redirect_uri, scope: 'openid payment_initiation', state: 'a-state-of-its-own' }
    const code_challenge = await calculatePKCECodeChallenge(randomPKCECodeVerifier())
    const details = JSON.stringify([payment()])
    const asked = { ...params, code_challenge, code_challenge_method: 'S256', authorization_details: details }
    const url = await buildAuthorizationUrlWithPAR(config, asked, { DPoP: dpop })
    const browser = aBrowser(api.url)
    await browser.open(url.href)
    await browser.press('sign_in', { email: payer.email, password: PASSWORD })
    const { searchParams } = new URL((await browser.press('deny')).url)
    assert.deepEqual(
      ['error', 'state', 'iss', 'code'].map((name) => searchParams.get(name)),
      ['access_denied', 'a-state-of-its-own', api.url, null],
    )
  })
})
