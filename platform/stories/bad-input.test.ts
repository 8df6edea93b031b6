import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { signJwt } from '#libs/crypto/jwt.ts'
import { generateSigningKey } from '#libs/crypto/signing-keys.ts'
import { FIRST_PARTY } from '#libs/http/verifier.ts'
import { newId } from '#libs/ids/ids.ts'
import { type Api, aKey, type Reply } from '../testing/api.ts'
import { fundedPair } from '../testing/funded-pair.ts'
import { openBank, type TestBank } from '../testing/open-bank.ts'

/** Nonsense is told where it is wrong, and nothing happens. */
describe('bad input', () => {
  let bank: TestBank
  let api: Api
  let payer: string
  let source: string
  let destination: string
  let wish: Record<string, unknown>

  before(async () => {
    bank = await openBank()
    api = bank.api
    ;({ payer, source, destination } = await fundedPair(bank, 100_000))
    wish = { source_account_id: source, destination_account_id: destination, amount_cents: 100, currency: 'EUR' }
  })
  after(() => bank.close())

  const transfer = (body: unknown, sent: { token?: string; key?: string; raw?: string } = {}): Promise<Reply> =>
    api.post('/transactions/transfer', body, { token: payer, key: aKey(), ...sent })

  async function refuses(pending: Promise<Reply>, status: number, code: string): Promise<Reply> {
    const reply = await pending
    assert.deepEqual([reply.status, reply.body.code], [status, code], JSON.stringify(reply.body))
    assert.equal(reply.headers.get('content-type'), 'application/problem+json; charset=utf-8')
    assert.equal(reply.headers.get('x-correlation-id'), reply.body.correlation_id)
    return reply
  }

  async function nothingMoved(): Promise<void> {
    const { body } = await api.balance(payer, source)
    assert.deepEqual([body.ledger_balance_cents, body.pending_balance_cents], [100_000, 0])
    const [row] = await bank.sql('transaction-service')<{ count: number }[]>`
      select count(*)::int as count from transactions
      where transaction_type = 'TRANSFER' and (source_account_id = ${source} or destination_account_id = ${destination})`
    assert.equal(row?.count, 0)
  }

  test('an amount that is not a positive whole number is named by pointer, and nothing moves', async () => {
    for (const amount of ['0', '-5', '1.5', 'null', 'true', '"100"', '9007199254740992', '1e30', '[]', '{}']) {
      const raw = JSON.stringify({ ...wish, amount_cents: 0 }).replace('"amount_cents":0', `"amount_cents":${amount}`)
      const { body } = await refuses(transfer(undefined, { raw }), 400, 'VALIDATION_FAILED')
      assert.ok(
        body.errors.some((error: { pointer: string }) => error.pointer === '/amount_cents'),
        `${amount}: ${JSON.stringify(body)}`,
      )
      assert.equal(body.outcome, 'nothing_moved')
    }
    await nothingMoved()
  })

  test('unknown fields, missing fields, malformed JSON, other media types and huge bodies are refused', async () => {
    const unknown = await refuses(transfer({ ...wish, urgent: true }), 400, 'VALIDATION_FAILED')
    assert.equal(unknown.body.errors[0].pointer, '/urgent')
    await refuses(transfer({ ...wish, __proto__x: 1, constructor: { prototype: {} } }), 400, 'VALIDATION_FAILED')
    await refuses(
      transfer(undefined, { raw: JSON.stringify(wish).replace('{', '{"__proto__":{"amount_cents":1},') }),
      400,
      'VALIDATION_FAILED',
    )
    await refuses(transfer({}), 400, 'VALIDATION_FAILED')
    await refuses(transfer([]), 400, 'VALIDATION_FAILED')
    await refuses(transfer(undefined, { raw: '{"source_account_id": ' }), 400, 'MALFORMED_JSON')
    await refuses(
      transfer(undefined, { raw: JSON.stringify({ ...wish, description: 'x'.repeat(1_000_000) }) }),
      413,
      'BODY_TOO_LARGE',
    )
    await refuses(
      api.post('/transactions/transfer', undefined, {
        token: payer,
        key: aKey(),
        raw: 'a=b',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      }),
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    )
    await nothingMoved()
  })

  test('a money write without a key, or with an unusable one, is refused', async () => {
    await refuses(api.post('/transactions/transfer', wish, { token: payer }), 400, 'IDEMPOTENCY_KEY_REQUIRED')
    await refuses(transfer(wish, { key: 'x'.repeat(256) }), 400, 'VALIDATION_FAILED')
    await nothingMoved()
  })

  test('unknown and mixed currencies, the same account twice, and accounts that do not exist are refused', async () => {
    for (const [change, code] of [
      [{ currency: 'XXX' }, 'CURRENCY_UNKNOWN'],
      [{ currency: 'USD' }, 'CURRENCY_MISMATCH'],
      [{ destination_account_id: source }, 'SAME_ACCOUNT'],
      [{ destination_account_id: newId() }, 'DESTINATION_NOT_FOUND'],
      [{ destination_account_id: undefined }, 'DESTINATION_REQUIRED'],
      [{ destination_account_id: undefined, destination_account_number: 'FB-99999999-9' }, 'DESTINATION_NOT_FOUND'],
    ] as const) {
      const { body } = await transfer({ ...wish, ...change })
      assert.equal(body.code, code, JSON.stringify(body))
      assert.equal(body.outcome, 'nothing_moved')
    }
    const dollars = await api.openAccount(payer, { currency: 'USD' })
    assert.equal(
      (await transfer({ ...wish, destination_account_id: dollars.account_id })).body.code,
      'CURRENCY_MISMATCH',
    )
    await nothingMoved()
  })

  test("somebody else's account is a 404 that says nothing about it, for every operation on it", async () => {
    const stranger = (await api.newCustomer()).token
    await refuses(api.post('/transactions/transfer', wish, { token: stranger, key: aKey() }), 404, 'NOT_FOUND')
    for (const path of [
      `/accounts/${source}`,
      `/accounts/${source}/balance`,
      `/accounts/${source}/transactions`,
      `/accounts/${source}/owners`,
      `/ledger/accounts/${source}/entries`,
      `/ledger/accounts/${source}`,
    ]) {
      const foreign = await refuses(api.get(path, { token: stranger }), 404, 'NOT_FOUND')
      const absent = await refuses(api.get(path.replace(source, newId()), { token: stranger }), 404, 'NOT_FOUND')
      assert.equal(foreign.body.detail, absent.body.detail)
    }
    await refuses(api.post(`/accounts/${source}/freeze`, { reason: 'x' }, { token: stranger }), 404, 'NOT_FOUND')
    await refuses(api.send('DELETE', `/accounts/${source}`, undefined, { token: stranger }), 404, 'NOT_FOUND')
    await refuses(api.get('/ledger/reports/trial-balance', { token: stranger }), 403, 'FORBIDDEN')
    await refuses(
      api.post(
        '/transactions/deposit',
        { account_id: source, amount_cents: 1, currency: 'EUR' },
        { token: stranger, key: aKey() },
      ),
      403,
      'FORBIDDEN',
    )
    await nothingMoved()
  })

  test('a frozen account pays nothing and still receives; a closed one does neither', async () => {
    const officer = await api.signIn('officer')
    const { payer: owner, source: frozen, destination: other } = await fundedPair(bank, 5_000)
    await api.expect(200, api.post(`/accounts/${frozen}/freeze`, { reason: 'lost phone' }, { token: owner }))
    const out = { source_account_id: frozen, destination_account_id: other, amount_cents: 100, currency: 'EUR' }
    const refused = await api.post('/transactions/transfer', out, { token: owner, key: aKey() })
    assert.equal(refused.body.code, 'ACCOUNT_FROZEN')
    await api.deposit(await api.signIn('teller'), frozen, 100)
    await refuses(api.post(`/accounts/${frozen}/unfreeze`, {}, { token: owner }), 403, 'FORBIDDEN')
    await api.expect(200, api.post(`/accounts/${frozen}/unfreeze`, {}, { token: officer }))
    const empty = await api.openAccount(owner)
    await api.expect(200, api.send('DELETE', `/accounts/${empty.account_id}`, undefined, { token: owner }))
    const into = {
      source_account_id: frozen,
      destination_account_id: empty.account_id,
      amount_cents: 100,
      currency: 'EUR',
    }
    assert.equal(
      (await api.post('/transactions/transfer', into, { token: owner, key: aKey() })).body.code,
      'ACCOUNT_CLOSED',
    )
    assert.equal(
      (await api.send('DELETE', `/accounts/${frozen}`, undefined, { token: owner })).body.code,
      'BALANCE_NOT_ZERO',
    )
  })

  test('wrong, expired, foreign and absent tokens are 401', async () => {
    const forged = (claims: object, ttl_s = 900): string =>
      signJwt(
        { iss: FIRST_PARTY.issuer, aud: FIRST_PARTY.audience, sub: newId(), roles: ['admin'], ...claims },
        { key: generateSigningKey(), typ: FIRST_PARTY.typ, ttl_s, now_s: Math.floor(Date.now() / 1000) },
      )
    const flipped = `${payer.slice(0, -4)}${payer.slice(-4) === 'AAAA' ? 'BBBB' : 'AAAA'}`
    for (const token of [forged({}), flipped, 'nonsense', 'a.b.c', `${payer}x`])
      await refuses(api.get('/auth/me', { token }), 401, 'UNAUTHENTICATED')
    await refuses(api.get('/auth/me'), 401, 'UNAUTHENTICATED')
    await refuses(transfer(wish, { token: forged({}) }), 401, 'UNAUTHENTICATED')
    await nothingMoved()
  })

  test('SQL and script in every text field are text: kept word for word where people write, refused elsewhere', async () => {
    const nasty = `'; drop table accounts; -- <script>alert(1)</script> \${7*7} {{1}} \\ "`
    const { body } = await api.expect(
      202,
      transfer({ ...wish, amount_cents: 1, description: nasty, external_reference: nasty.slice(0, 100) }),
    )
    const ended = await api.ended(payer, body.transaction_id)
    assert.deepEqual([ended.status, ended.description], ['COMPLETED', nasty])
    for (const [path, payload] of [
      ['/auth/login', { email: nasty, password: nasty }],
      ['/auth/register', { email: nasty, password: 'Quiet-river-42-stones', first_name: nasty, last_name: nasty }],
      ['/accounts', { currency: nasty }],
      ['/accounts', { currency: 'EUR', product_id: nasty }],
    ] as const) {
      const reply = await api.post(path, payload, { token: payer })
      assert.equal(reply.status, 400, `${path}: ${JSON.stringify(reply.body)}`)
    }
    await refuses(api.get(`/accounts/${encodeURIComponent(nasty)}/balance`, { token: payer }), 400, 'VALIDATION_FAILED')
    await refuses(api.get(`/transactions?cursor=${encodeURIComponent(nasty)}`, { token: payer }), 400, 'CURSOR_WRONG')
    await refuses(api.get('/transactions?limit=abc', { token: payer }), 400, 'VALIDATION_FAILED')
    await refuses(api.get('/transactions?limti=1', { token: payer }), 400, 'VALIDATION_FAILED')
    await refuses(api.get('/no/such/place', { token: payer }), 404, 'NOT_FOUND')
  })
})
