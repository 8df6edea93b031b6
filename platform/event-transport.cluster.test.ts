import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { createMetrics } from '#libs/telemetry/metrics.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { testComponents } from './cluster/testing/components.ts'
import { registerEventMetrics } from './event-metrics.ts'
import { aKey } from './testing/api.ts'
import { fundedPair } from './testing/funded-pair.ts'
import { openBank, type TestBank } from './testing/open-bank.ts'

const PATIENCE_MS = 120_000

describe('a bank whose events go through Kafka', () => {
  const prefix = `test-${randomBytes(4).toString('hex')}.`
  const kafka = testComponents().kafka ?? assert.fail('BANKFLOW_TEST_KAFKA is not set')
  const env = { KAFKA_BROKERS: kafka, BANKFLOW_KAFKA_PREFIX: prefix, BANKFLOW_KAFKA_PARTITIONS: '4' }
  let bank: TestBank
  before(async () => {
    bank = await openBank({ env })
  })
  after(() => bank.close())

  test('completes transfers, handles each event once, and says how far behind it is', async () => {
    const { api } = bank
    const { payer, source, destination } = await fundedPair(bank, 100_000)
    const sent = Array.from({ length: 10 }, async (_, i) => {
      const wish = {
        source_account_id: source,
        destination_account_id: destination,
        amount_cents: 100 + i,
        currency: 'EUR',
      }
      const { body } = await api.expect(202, api.post('/transactions/transfer', wish, { token: payer, key: aKey() }))
      return eventually(async () => {
        const { status } = await api.ended(payer, body.transaction_id)
        return status === 'COMPLETED'
      }, PATIENCE_MS)
    })
    await Promise.all(sent)
    const { body } = await api.balance(payer, source)
    assert.equal(body.ledger_balance_cents, 100_000 - 10 * 100 - 45)
    const metrics = createMetrics()
    registerEventMetrics(metrics, bank.bank)
    const shown = await eventually(async () => {
      const text = await metrics.text()
      return /bankflow_kafka_lag_records\{.*\} 0/.test(text) && text
    }, PATIENCE_MS)
    assert.match(shown, new RegExp(`group="${prefix}transaction-service",topic="${prefix}ledger-events"`))
    assert.match(shown, /bankflow_relay_lag_events\{service="ledger-service"\} \d+/)
    assert.match(shown, /bankflow_event_inbox_rows\{service="ledger-service"\} \d+/)
    for (const service of bank.bank.runtimes.keys()) {
      const parked = await bank.sql(service)`select 1 from dead_letters where resolved_at is null`
      assert.equal(parked.length, 0, service)
    }
  })
})
