import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as events from '#contracts/events/transaction.ts'
import { openBank, twoCustomers } from '../../testing/open-bank.ts'

describe('fail-unanswered-checks', () => {
  test('gives up a transfer that no fraud verdict came for, with its hold released; a late verdict changes nothing', async (t) => {
    const bank = await openBank(t, { BANKFLOW_FRAUD_TIMEOUT_S: '60' })
    const { ann, from, to } = twoCustomers(bank)
    const body = { source_account_id: from, destination_account_id: to }
    const forgotten = (await bank.transfer(ann, body)).reply
    await bank.reachesStage(forgotten.transaction_id, 'RESERVED')
    bank.clock.advance(59_000)
    const recent = (await bank.transfer(ann, body)).reply
    await bank.reachesStage(recent.transaction_id, 'RESERVED')
    assert.equal((await bank.transactionOf(forgotten.transaction_id)).status, 'PENDING')

    bank.clock.advance(2_000)
    const failed = await bank.reaches(forgotten.transaction_id, 'FAILED')
    assert.equal(failed.failure_code, 'FRAUD_TIMEOUT')
    assert.equal(bank.ledger.available(from), 750n)
    assert.equal((await bank.published(events.transactionReleasing))[0]?.code, 'FRAUD_TIMEOUT')
    bank.judge(forgotten, 'ALLOW')
    bank.judge(recent, 'ALLOW')
    await bank.reaches(recent.transaction_id, 'COMPLETED')
    assert.equal((await bank.transactionOf(forgotten.transaction_id)).status, 'FAILED')
    assert.equal(bank.ledger.balances.get(to), 250n)
    assert.equal((await bank.sql`select 1 from waiting_transactions`).count, 0)
    const traces =
      await bank.sql`select distinct correlationid from outbox_events where subject = ${forgotten.transaction_id}`
    assert.equal(traces.count, 1)
  })
})
