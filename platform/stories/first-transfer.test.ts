import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { newId } from '#libs/ids/ids.ts'
import { PATIENCE } from '#libs/testing/patience.ts'
import { eventually, within } from '#libs/testing/service-test.ts'
import { type Api, aKey } from '../testing/api.ts'
import { fundedPair } from '../testing/funded-pair.ts'
import { openBank, type TestBank } from '../testing/open-bank.ts'

/** How soon a customer sees the end of what he sent, in ms. */
const SOON_MS = 1_000 * PATIENCE

/** The first story: two strangers become customers, and one pays the other. */
describe('the first transfer', () => {
  const lines: string[] = []
  let bank: TestBank
  let api: Api

  before(async () => {
    bank = await openBank({ log: { write: (line) => void lines.push(line) } })
    api = bank.api
  })
  after(() => bank.close())

  test('register, verify, sign in, open, deposit, transfer by number: both sides see it and the ledger balances', async () => {
    const [payer, payee, teller, officer] = await Promise.all([
      api.newCustomer(),
      api.newCustomer(),
      api.signIn('teller'),
      api.signIn('officer'),
    ])
    const source = await api.openAccount(payer.token)
    const destination = await api.openAccount(payee.token)
    await api.deposit(teller, source.account_id, 100_000)

    const correlation_id = newId()
    const wish = {
      source_account_id: source.account_id,
      destination_account_number: destination.account_number,
      amount_cents: 25_000,
      currency: 'EUR',
      description: 'Rent for March',
    }
    const sent = { token: payer.token, key: aKey(), headers: { 'x-correlation-id': correlation_id } }
    const accepted = await api.expect(202, api.post('/transactions/transfer', wish, sent))
    assert.equal(accepted.body.status, 'PENDING')
    assert.equal(accepted.headers.get('location'), `/api/v1/transactions/${accepted.body.transaction_id}`)
    const ended = await api.ended(payer.token, accepted.body.transaction_id)
    assert.equal(ended.status, 'COMPLETED')
    assert.ok(
      Date.parse(ended.completed_at) - Date.parse(ended.created_at) <= SOON_MS,
      'the user was told within a second',
    )

    const mine = (await api.balance(payer.token, source.account_id)).body
    assert.deepEqual(
      [mine.ledger_balance_cents, mine.available_balance_cents, mine.pending_balance_cents],
      [75_000, 75_000, 0],
    )
    assert.equal((await api.balance(payee.token, destination.account_id)).body.ledger_balance_cents, 25_000)
    for (const [token, account] of [
      [payer.token, source],
      [payee.token, destination],
    ] as const) {
      const history = await eventually(async () => {
        const { body } = await api.get(`/accounts/${account.account_id}/transactions`, { token })
        return (
          body.items.some((item: { transaction_id: string }) => item.transaction_id === ended.transaction_id) && body
        )
      })
      const row = history.items.find((item: { transaction_id: string }) => item.transaction_id === ended.transaction_id)
      assert.deepEqual([row.amount_cents, row.status, row.description], [25_000, 'COMPLETED', 'Rent for March'])
      const { body: entries } = await api.get(`/ledger/accounts/${account.account_id}/entries`, { token })
      assert.equal(entries.items[0].balance_cents, account === source ? 75_000 : 25_000)
    }
    const { body: trial } = await api.get('/ledger/reports/trial-balance', { token: officer })
    assert.ok(
      trial.currencies.length > 0 &&
        trial.currencies.every(
          (c: { is_balanced: boolean; difference: string }) => c.is_balanced && c.difference === '0',
        ),
    )

    const { body: steps } = await api.get(`/transactions/${ended.transaction_id}/events`, { token: payer.token })
    const types = steps.items.map((step: { event_type: string }) => step.event_type)
    for (const type of [
      'transaction.initiated',
      'transaction.balance_reserved',
      'transaction.fraud_check.passed',
      'transaction.processing',
      'transaction.completed',
    ]) {
      assert.ok(types.includes(type), `${type} in ${types}`)
    }
    await followedBy(correlation_id, ended.transaction_id)
  })

  /** Every event of the transfer, in every service, and every log line that names it carries its one correlation id. */
  async function followedBy(correlation_id: string, transaction_id: string): Promise<void> {
    const found: string[] = []
    for (const service of ['transaction-service', 'fraud-service', 'ledger-service']) {
      const rows = await bank.sql(service)<{ type: string; correlationid: string }[]>`
        select type, correlationid from outbox_events where data::text like ${`%${transaction_id}%`}`
      for (const row of rows) {
        found.push(row.type)
        assert.equal(row.correlationid, correlation_id, `${row.type} of ${service}`)
      }
    }
    for (const type of [
      'transaction.initiated',
      'transaction.completed',
      'fraud.check.completed',
      'ledger.transaction.posted',
    ])
      assert.ok(found.includes(type), type)
    const about = lines.filter((line) => line.includes(transaction_id))
    for (const line of about) assert.equal(JSON.parse(line).correlation_id, correlation_id)
    assert.ok(
      lines.some((line) => JSON.parse(line).correlation_id === correlation_id),
      'the request itself was logged',
    )
  }

  test('the same request again moves nothing and answers the transaction; the same key with another body is 409', async () => {
    const { payer, source, destination } = await fundedPair(bank, 50_000)
    const wish = {
      source_account_id: source,
      destination_account_id: destination,
      amount_cents: 1_000,
      currency: 'EUR',
    }
    const key = aKey()
    const first = await api.expect(202, api.post('/transactions/transfer', wish, { token: payer, key }))
    await api.ended(payer, first.body.transaction_id)
    const again = await api.expect(202, api.post('/transactions/transfer', wish, { token: payer, key }))
    assert.equal(again.body.transaction_id, first.body.transaction_id)
    assert.equal(again.body.status, 'COMPLETED')
    assert.equal(again.headers.get('idempotency-replayed'), 'true')
    const other = await api.post('/transactions/transfer', { ...wish, amount_cents: 2_000 }, { token: payer, key })
    assert.deepEqual(
      [other.status, other.body.code, other.body.outcome],
      [409, 'IDEMPOTENCY_KEY_REUSED', 'nothing_moved'],
    )
    assert.equal((await api.balance(payer, source)).body.ledger_balance_cents, 49_000)
  })

  test('50 identical requests at once move the money once', async () => {
    const { payer, source, destination } = await fundedPair(bank, 50_000)
    const wish = {
      source_account_id: source,
      destination_account_id: destination,
      amount_cents: 7_000,
      currency: 'EUR',
    }
    const key = aKey()
    const replies = await Promise.all(
      Array.from({ length: 50 }, () => api.post('/transactions/transfer', wish, { token: payer, key })),
    )
    assert.deepEqual([...new Set(replies.map((reply) => reply.status))], [202])
    assert.equal(new Set(replies.map((reply) => reply.body.transaction_id)).size, 1)
    await api.ended(payer, replies[0]?.body.transaction_id)
    assert.equal((await api.balance(payer, source)).body.ledger_balance_cents, 43_000)
  })

  test('opposite transfers between two accounts all end, and no money is made or lost', async () => {
    const { payer, payee, source, destination } = await fundedPair(bank, 50_000)
    await api.deposit(await api.signIn('teller'), destination, 50_000)
    const there = Array.from({ length: 30 }, () => send(payer, source, destination, 100))
    const back = Array.from({ length: 30 }, () => send(payee, destination, source, 100))
    const ended = await Promise.all([...there, ...back])
    assert.deepEqual([...new Set(ended.map((transfer) => transfer.status))], ['COMPLETED'])
    assert.equal((await api.balance(payer, source)).body.ledger_balance_cents, 50_000)
    assert.equal((await api.balance(payee, destination)).body.ledger_balance_cents, 50_000)
  })

  test('200 concurrent transfers never overdraw: exactly as many complete as the money covers', async () => {
    const { payer, source, destination } = await fundedPair(bank, 10_000)
    const ended = await Promise.all(Array.from({ length: 200 }, () => send(payer, source, destination, 100)))
    const completed = ended.filter((transfer) => transfer.status === 'COMPLETED')
    const refused = ended.filter((transfer) => transfer.status === 'FAILED')
    assert.equal(completed.length, 100)
    assert.equal(refused.length, 100)
    assert.ok(refused.every((transfer) => transfer.failure_code === 'INSUFFICIENT_FUNDS'))
    const { body } = await api.balance(payer, source)
    assert.deepEqual([body.ledger_balance_cents, body.pending_balance_cents], [0, 0])
  })

  test('a large transfer waits for a second person, who is not the initiator; approved it completes, rejected it gives the hold back', async () => {
    const { payer, source, destination } = await fundedPair(bank, 9_000_000)
    const officer = await api.signIn('officer')
    const unlimited = { daily_limit_cents: null, monthly_limit_cents: null, reason: 'sells a house' }
    const { body: limits } = await api.expect(
      202,
      api.post(`/accounts/${source}/limit-proposals`, unlimited, { token: officer }),
    )
    const approval = `/limit-proposals/${limits.proposal_id}/approve`
    await api.expect(403, api.post(approval, { reason: 'mine' }, { token: officer }))
    await api.expect(200, api.post(approval, { reason: 'seen' }, { token: await api.signIn('officer2') }))
    const [first, second] = await Promise.all([
      send(payer, source, destination, 2_500_000),
      send(payer, source, destination, 2_600_000),
    ])
    assert.deepEqual([first.status, second.status], ['AWAITING_APPROVAL', 'AWAITING_APPROVAL'])
    assert.equal((await api.balance(payer, source)).body.available_balance_cents, 9_000_000 - 5_100_000)
    assert.equal(
      (await api.post(`/transactions/${first.transaction_id}/approve`, { reason: 'mine' }, { token: payer })).status,
      403,
    )
    await api.expect(
      202,
      api.post(`/transactions/${first.transaction_id}/approve`, { reason: 'known payee' }, { token: officer }),
    )
    await api.expect(
      202,
      api.post(`/transactions/${second.transaction_id}/reject`, { reason: 'not plausible' }, { token: officer }),
    )
    await eventually(
      async () =>
        (await api.get(`/transactions/${first.transaction_id}`, { token: payer })).body.status === 'COMPLETED',
    )
    await eventually(
      async () => (await api.get(`/transactions/${second.transaction_id}`, { token: payer })).body.status === 'FAILED',
    )
    const { body } = await api.balance(payer, source)
    assert.deepEqual(
      [body.ledger_balance_cents, body.available_balance_cents, body.pending_balance_cents],
      [6_500_000, 6_500_000, 0],
    )
    assert.equal(
      (await api.post(`/transactions/${second.transaction_id}/approve`, { reason: 'late' }, { token: officer })).status,
      409,
    )
  })

  test('a signed-out session cannot read within a second', async () => {
    const { token } = await api.newCustomer()
    await api.expect(200, api.get('/auth/me', { token }))
    await api.expect(204, api.send('POST', '/auth/logout', undefined, { token }))
    await within(1_000, async () => (await api.get('/auth/me', { token })).status === 401)
  })

  /** Sends a transfer and waits for its end. */
  async function send(
    token: string,
    source_account_id: string,
    destination_account_id: string,
    amount_cents: number,
  ): Promise<{ transaction_id: string; status: string; failure_code: string | null }> {
    const wish = { source_account_id, destination_account_id, amount_cents, currency: 'EUR' }
    const { body } = await api.expect(202, api.pay(wish, { token }))
    return api.ended(token, body.transaction_id, 30_000)
  }
})
