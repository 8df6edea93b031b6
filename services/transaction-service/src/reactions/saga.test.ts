import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/transaction.ts'
import { accountClosed, accountOwnerAdded, accountOwnerRemoved } from '#contracts/events/account.ts'
import * as events from '#contracts/events/transaction.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer } from '#libs/testing/callers.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { openBank, twoCustomers } from '../../testing/open-bank.ts'

describe('the saga of a transfer', () => {
  test('an answer of the ledger that is lost after each step is asked for again, and the money moves once', async (t) => {
    const bank = await openBank(t)
    const { ann, from, to } = twoCustomers(bank)
    bank.ledger.loseAnswers('hold')
    const { reply } = await bank.transfer(ann, { source_account_id: from, destination_account_id: to })
    await eventually(() => bank.ledger.asked.hold >= 3)
    assert.equal((await bank.transactionOf(reply.transaction_id)).status, 'PENDING')
    bank.ledger.mend()
    bank.ledger.loseAnswers('post')
    await bank.reachesStage(reply.transaction_id, 'RESERVED')
    bank.judge(reply, 'ALLOW')
    await eventually(() => bank.ledger.asked.post >= 3)
    assert.equal((await bank.transactionOf(reply.transaction_id)).status, 'PROCESSING')
    bank.ledger.mend()
    await bank.reaches(reply.transaction_id, 'COMPLETED')
    assert.equal(bank.ledger.holds.size, 1)
    assert.equal(bank.ledger.booked.size, 1)
    assert.equal(bank.ledger.balances.get(to), 250n)
    assert.equal(bank.ledger.total(), 1_000n)
    assert.equal((await bank.published(events.transactionCompleted)).length, 1)
  })

  test('a release whose answer is lost is asked for again, and the transfer fails once with the money back', async (t) => {
    const bank = await openBank(t)
    const { ann, from, to } = twoCustomers(bank)
    bank.ledger.loseAnswers('release')
    const { reply } = await bank.transfer(ann, { source_account_id: from, destination_account_id: to })
    await bank.reachesStage(reply.transaction_id, 'RESERVED')
    bank.judge(reply, 'BLOCK')
    await eventually(() => bank.ledger.asked.release >= 3)
    assert.equal((await bank.transactionOf(reply.transaction_id)).status, 'PENDING')
    bank.ledger.mend()
    const failed = await bank.reaches(reply.transaction_id, 'FAILED')
    assert.equal(failed.failure_code, 'FRAUD_BLOCKED')
    assert.equal(bank.ledger.available(from), 1_000n)
    assert.equal((await bank.published(events.transactionFailed)).length, 1)
  })

  test('a transfer that the ledger will not reserve fails with its code, and no fraud check is asked for', async (t) => {
    const bank = await openBank(t)
    const { ann, from, to } = twoCustomers(bank, 249n)
    const { reply } = await bank.transfer(ann, { source_account_id: from, destination_account_id: to })
    const failed = await bank.reaches(reply.transaction_id, 'FAILED')
    assert.equal(failed.failure_code, 'INSUFFICIENT_FUNDS')
    assert.equal((await bank.published(events.transactionBalanceReserved)).length, 0)
    assert.equal((await bank.published(events.transactionFailed)).length, 1)
  })

  test('a transfer beyond the limits of its account fails as such, seen by its customer, and nothing is released', async (t) => {
    const bank = await openBank(t)
    const { ann, from, to } = twoCustomers(bank)
    bank.ledger.limits.set(from, 249n)
    const { reply } = await bank.transfer(ann, { source_account_id: from, destination_account_id: to })
    await bank.reaches(reply.transaction_id, 'FAILED')
    const params = { transaction_id: reply.transaction_id }
    assert.equal((await bank.call(api.getTransaction, { params }, ann)).reply.failure_code, 'LIMIT_EXCEEDED')
    assert.equal(bank.ledger.asked.release, 0)
  })

  test('what is born and booked on a day of the bank’s clock has its date and the year of its reference', async (t) => {
    const bank = await openBank(t)
    const { ann, from, to } = twoCustomers(bank)
    // A bank that makes its past is behind the wall.
    const clock = bank.clock as typeof bank.clock & { setBankOffset(ms: number): void }
    clock.setBankOffset(-400 * 86_400_000)
    const { reply } = await bank.transfer(ann, { source_account_id: from, destination_account_id: to })
    const date = bank.clock.bank.businessDate()
    assert.equal(reply.value_date, date)
    assert.ok(reply.transaction_ref.startsWith(`TXN-${date.slice(0, 4)}-`), reply.transaction_ref)
    await bank.reachesStage(reply.transaction_id, 'RESERVED')
    bank.judge(reply, 'ALLOW')
    const booked = await bank.reaches(reply.transaction_id, 'COMPLETED')
    // The fake ledger books everything on the second of January.
    assert.equal(booked.value_date, '2026-01-02')
    const found = await bank.sql`select distinct value_date from transaction_search`
    assert.deepEqual(
      found.map((row) => row.value_date),
      ['2026-01-02'],
    )
  })

  test('every event of the whole stream delivered a second time moves nothing and says nothing', async (t) => {
    const bank = await openBank(t)
    const { ann, from, to } = twoCustomers(bank)
    const { reply } = await bank.transfer(ann, { source_account_id: from, destination_account_id: to })
    await bank.reachesStage(reply.transaction_id, 'RESERVED')
    const verdict = bank.judge(reply, 'ALLOW')
    await bank.reaches(reply.transaction_id, 'COMPLETED')
    const before = await bank.sql`select 1 from outbox_events`
    bank.judge(reply, 'ALLOW', verdict)
    bank.judge(reply, 'BLOCK')
    bank.judge(reply, 'REVIEW')
    // As after a restore of the database to an earlier moment: the service reads all its own events once more, then goes on.
    await bank.sql`update subscriptions set position = 0 where producer = 'transaction-service'`
    const next = (await bank.transfer(ann, { source_account_id: from, destination_account_id: to })).reply
    await bank.reachesStage(next.transaction_id, 'RESERVED')
    bank.judge(next, 'ALLOW')
    await bank.reaches(next.transaction_id, 'COMPLETED')
    assert.ok(bank.ledger.asked.hold >= 3, 'the first event was delivered a second time')
    assert.equal(
      (await bank.sql`select 1 from outbox_events where subject = ${reply.transaction_id}`).count,
      before.count,
    )
    assert.equal(bank.ledger.booked.size, 2)
    assert.equal(bank.ledger.balances.get(to), 500n)
    assert.equal(bank.ledger.total(), 1_000n)
  })

  test('a verdict on a transfer that nobody knows is passed over, and later ones are heard', async (t) => {
    const bank = await openBank(t)
    const { ann, from, to } = twoCustomers(bank)
    const { reply } = await bank.transfer(ann, { source_account_id: from, destination_account_id: to })
    await bank.reachesStage(reply.transaction_id, 'RESERVED')
    bank.judge({ ...reply, transaction_id: newId() }, 'BLOCK')
    bank.judge(reply, 'ALLOW')
    await bank.reaches(reply.transaction_id, 'COMPLETED')
  })

  test('a refusal that the contract of the ledger does not name ends no transfer', async (t) => {
    const bank = await openBank(t)
    const { ann, from, to } = twoCustomers(bank)
    const { reply } = await bank.transfer(ann, { source_account_id: from, destination_account_id: to })
    await bank.reachesStage(reply.transaction_id, 'RESERVED')
    bank.ledger.misunderstand('post')
    bank.judge(reply, 'ALLOW')
    await eventually(async () => (await bank.sql`select 1 from dead_letters where resolved_at is null`).count === 1)
    assert.equal((await bank.transactionOf(reply.transaction_id)).status, 'PROCESSING')
    bank.ledger.mend()
    const [letter] = await bank.sql<{ dead_letter_id: string }[]>`select dead_letter_id from dead_letters`
    await bank.runtime.replayDeadLetter('transaction-service', letter!.dead_letter_id)
    await bank.reaches(reply.transaction_id, 'COMPLETED')
  })

  test('an owner who was added may look at once, one who was removed may not, and a closed account keeps its history', async (t) => {
    const bank = await openBank(t)
    const { ann, from, to } = twoCustomers(bank)
    await bank.transfer(ann, { source_account_id: from, destination_account_id: to })
    const joint = aCustomer()
    const about = { account_id: from, customer_id: joint.customer_id as string }
    const seen = async () => (await bank.call(api.listTransactions, { query: {} }, joint)).reply.items.length
    bank.receive(accountOwnerAdded, { ...about, capability: 'view,debit' })
    await eventually(async () => (await seen()) === 1)
    bank.receive(accountClosed, { account_id: from, reason: 'CUSTOMER' })
    await eventually(async () => {
      const [row] = await bank.sql`select capabilities from account_owners`
      assert.deepEqual(row?.capabilities, ['view'])
    })
    assert.equal(await seen(), 1)
    bank.receive(accountOwnerRemoved, about)
    await eventually(async () => (await seen()) === 0)
  })
})
