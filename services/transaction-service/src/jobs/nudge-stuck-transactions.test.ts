import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/transaction.ts'
import * as events from '#contracts/events/transaction.ts'
import { aKey, eventually } from '#libs/testing/service-test.ts'
import { type Bank, openBank, twoCustomers } from '../../testing/open-bank.ts'

/** As if a step had been forgotten: the service believes to have read all its own events. */
async function forgetSteps(bank: Bank): Promise<void> {
  await eventually(async () => (await bank.sql`select 1 from outbox where position is null`).count === 0)
  await bank.sql`update subscriptions set position = (select position from outbox_state), epoch = (select epoch from outbox_state)
    where producer = 'transaction-service'`
}

describe('nudge-stuck-transactions', () => {
  test('asks again for the step of a transfer that stands still, whichever it is, and the transfer ends', async (t) => {
    const bank = await openBank(t)
    const { ann, from, to } = twoCustomers(bank)
    const transfer = async () =>
      (await bank.transfer(ann, { source_account_id: from, destination_account_id: to })).reply
    bank.ledger.goAway('hold')
    const forgotten = await transfer()
    await eventually(() => bank.ledger.asked.hold > 0)
    await forgetSteps(bank)
    bank.ledger.mend()
    const other = await transfer()
    await bank.reachesStage(other.transaction_id, 'RESERVED')
    await bank.reachesStage(forgotten.transaction_id, 'INITIATED')

    bank.clock.advance(301_000)
    bank.judge(other, 'ALLOW')
    await bank.reachesStage(forgotten.transaction_id, 'RESERVED')
    const again = (await bank.published(events.transactionInitiated)).filter(
      ({ transaction_id }) => transaction_id === forgotten.transaction_id,
    )
    assert.equal(again.length, 2)
    assert.deepEqual(again[1], again[0])
    bank.judge(forgotten, 'ALLOW')
    await bank.reaches(forgotten.transaction_id, 'COMPLETED')
    assert.equal(
      bank.ledger.booked.size,
      [...bank.ledger.holds.values()].filter((hold) => hold.status === 'CAPTURED').length,
    )
  })

  test('asks again for the booking and for the release; what moves or has ended is left alone', async (t) => {
    const bank = await openBank(t, { BANKFLOW_FRAUD_TIMEOUT_S: '3600' })
    const { ann, from, to } = twoCustomers(bank)
    const { reply } = await bank.transfer(ann, { source_account_id: from, destination_account_id: to })
    await bank.reachesStage(reply.transaction_id, 'RESERVED')
    bank.ledger.goAway('release')
    bank.ledger.goAway('post')
    bank.judge(reply, 'BLOCK')
    await bank.reachesStage(reply.transaction_id, 'RELEASING')
    await eventually(() => bank.ledger.asked.release > 0)
    const deposit = { account_id: to, amount_cents: 100n, currency: 'EUR' }
    const cash = (await bank.call(api.depositCash, { body: deposit }, bank.teller, { key: aKey() })).reply
    await forgetSteps(bank)
    bank.ledger.mend()
    bank.clock.advance(301_000)
    assert.equal((await bank.reaches(reply.transaction_id, 'FAILED')).failure_code, 'FRAUD_BLOCKED')
    await bank.reaches(cash.transaction_id, 'COMPLETED')
    assert.equal(bank.ledger.available(from), 1_000n)
    assert.equal(bank.ledger.balances.get(to), 100n)
    assert.equal((await bank.sql`select 1 from unsettled_transactions`).count, 0)
  })

  test('says nothing about a transaction whose account waits behind a parked event, nor twice within the time', async (t) => {
    const bank = await openBank(t)
    const { ann, from, to } = twoCustomers(bank)
    const { reply } = await bank.transfer(ann, { source_account_id: from, destination_account_id: to })
    await bank.reachesStage(reply.transaction_id, 'RESERVED')
    bank.ledger.misunderstand('post')
    bank.judge(reply, 'ALLOW')
    await eventually(async () => (await bank.sql`select 1 from dead_letters`).count === 1)
    bank.clock.advance(301_000)
    await eventually(async () => {
      const [row] = await bank.sql`select look_at from unsettled_transactions`
      return Number(row?.look_at) > Date.now() + 200_000
    })
    assert.equal((await bank.published(events.transactionProcessing)).length, 1)
    bank.ledger.mend()
    bank.clock.advance(3_600_000)
    await bank.reaches(reply.transaction_id, 'COMPLETED')
  })
})
