import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/transaction.ts'
import * as events from '#contracts/events/transaction.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { aKey } from '#libs/testing/service-test.ts'
import { openBank, twoCustomers } from '../../../testing/open-bank.ts'
import { refusedWith } from '../../../testing/refused-with.ts'

describe('transferMoney', () => {
  test('writes the wish, its stream and its event, and the money moves when nothing is against it', async (t) => {
    const bank = await openBank(t)
    const { ann, from, to } = twoCustomers(bank)
    bank.ledger.goAway('hold')
    const { status, reply, headers } = await bank.transfer(ann, {
      source_account_id: from,
      destination_account_id: to,
      description: 'rent of May',
    })
    assert.equal(status, 202)
    assert.equal(reply.status, 'PENDING')
    assert.match(reply.transaction_ref, /^TXN-\d{4}-\d{10}$/)
    assert.equal(headers.location, `/api/v1/transactions/${reply.transaction_id}`)
    const [row] = await bank.sql`select * from transactions`
    assert.equal(row?.stage, 'INITIATED')
    assert.equal(row?.amount_cents, 250n)
    assert.equal(row?.initiated_by, ann.sub)
    assert.equal(row?.branch_id, 'main')
    const stream = await bank.sql`select sequence, event_type, status from transaction_events`
    assert.deepEqual([...stream], [{ sequence: 1, event_type: 'transaction.initiated', status: 'PENDING' }])
    const [initiated] = await bank.published(events.transactionInitiated)
    assert.equal(initiated?.account_id, from)
    assert.equal(initiated?.related_account_id, to)
    assert.equal(initiated?.session_id, ann.session_id)
    assert.ok(!JSON.stringify(initiated).includes('rent'), 'an event never carries the text of people')

    bank.ledger.mend()
    await bank.reachesStage(reply.transaction_id, 'RESERVED')
    assert.equal(bank.ledger.available(from), 750n)
    bank.judge(reply, 'ALLOW')
    const done = await bank.reaches(reply.transaction_id, 'COMPLETED')
    assert.equal(done.ledger_transaction_id, bank.ledger.booked.get(reply.transaction_id)?.ledger_transaction_id)
    assert.equal(done.value_date, '2026-01-02')
    assert.equal(bank.ledger.balances.get(to), 250n)
    assert.equal((await bank.published(events.transactionCompleted)).length, 1)
    assert.equal((await bank.published(events.transactionProcessed)).length, 1)
  })

  test('names the destination by number', async (t) => {
    const bank = await openBank(t)
    const { ann, from, to } = twoCustomers(bank)
    const destination_account_number = bank.accounts.get(to)?.account_number ?? ''
    const { reply } = await bank.transfer(ann, { source_account_id: from, destination_account_number })
    assert.equal(reply.destination_account_id, to)
  })

  test('an id in capitals is the same id', async (t) => {
    const bank = await openBank(t)
    const { ann, from, to } = twoCustomers(bank)
    const [source_account_id, destination_account_id] = [from.toUpperCase(), to.toUpperCase()]
    const { reply } = await bank.transfer(ann, { source_account_id, destination_account_id })
    assert.equal(reply.source_account_id, from)
    assert.equal(reply.destination_account_id, to)
    const itself = { source_account_id: from, destination_account_id: source_account_id }
    await assert.rejects(bank.transfer(ann, itself), refusedWith('SAME_ACCOUNT'))
  })

  test('refuses what cannot be a transfer by its code, and writes nothing', async (t) => {
    const bank = await openBank(t)
    const { ann, bob, from, to } = twoCustomers(bank)
    const frozen = bank.openAccount(ann, { status: 'FROZEN' })
    const closed = bank.openAccount(bob, { status: 'CLOSED' })
    const pending = bank.openAccount(bob, { status: 'PENDING' })
    const pendingOwn = bank.openAccount(ann, { status: 'PENDING', balance_cents: 1_000n })
    const yen = bank.openAccount(bob, { currency: 'JPY' })
    const by = { source_account_id: from }
    const refusals: [code: string, body: Parameters<typeof bank.transfer>[1]][] = [
      ['DESTINATION_REQUIRED', by],
      ['DESTINATION_REQUIRED', { ...by, destination_account_id: to, destination_account_number: 'FB-00000000-1' }],
      ['DESTINATION_NOT_FOUND', { ...by, destination_account_id: newId() }],
      ['DESTINATION_NOT_FOUND', { ...by, destination_account_number: 'FB-00000000-1' }],
      ['SAME_ACCOUNT', { ...by, destination_account_id: from }],
      ['SAME_ACCOUNT', { ...by, destination_account_number: bank.accounts.get(from)?.account_number ?? '' }],
      ['CURRENCY_MISMATCH', { ...by, destination_account_id: yen }],
      ['CURRENCY_MISMATCH', { ...by, destination_account_id: to, currency: 'JPY' }],
      ['CURRENCY_UNKNOWN', { ...by, destination_account_id: to, currency: 'ZZZ' }],
      ['ACCOUNT_FROZEN', { source_account_id: frozen, destination_account_id: to }],
      ['ACCOUNT_CLOSED', { ...by, destination_account_id: closed }],
      ['ACCOUNT_PENDING', { ...by, destination_account_id: pending }],
      ['ACCOUNT_PENDING', { source_account_id: pendingOwn, destination_account_id: to }],
    ]
    for (const [code, body] of refusals) await assert.rejects(bank.transfer(ann, body), refusedWith(code), code)
    for (const table of ['transactions', 'transaction_events', 'outbox', 'idempotency_keys'])
      assert.equal((await bank.sql`select 1 from ${bank.sql(table)}`).count, 0, table)
  })

  test('pays to a frozen account: a freeze stops what leaves', async (t) => {
    const bank = await openBank(t)
    const { ann, bob, from } = twoCustomers(bank)
    const frozen = bank.openAccount(bob, { status: 'FROZEN' })
    assert.equal((await bank.transfer(ann, { source_account_id: from, destination_account_id: frozen })).status, 202)
  })

  test('is not there for a stranger, for a viewer, nor for staff', async (t) => {
    const bank = await openBank(t)
    const { from, to } = twoCustomers(bank)
    const viewer = aCustomer()
    bank.accounts.get(from)?.owners.push({ customer_id: viewer.customer_id as string, capabilities: ['view'] })
    const body = { source_account_id: from, destination_account_id: to }
    await assert.rejects(bank.transfer(aCustomer(), body), refusedWith('NOT_FOUND'))
    await assert.rejects(bank.transfer(viewer, body), refusedWith('NOT_FOUND'))
    await assert.rejects(bank.transfer(aStaffMember('operator'), body), refusedWith('FORBIDDEN'))
    assert.equal((await bank.sql`select 1 from transactions`).count, 0)
  })

  test('the same key again answers the same transfer in its present state; with another body it is refused', async (t) => {
    const bank = await openBank(t)
    const { ann, from, to } = twoCustomers(bank)
    const [key, body] = [aKey(), { source_account_id: from, destination_account_id: to }]
    const first = await bank.transfer(ann, body, key)
    await bank.reachesStage(first.reply.transaction_id, 'RESERVED')
    bank.judge(first.reply, 'ALLOW')
    await bank.reaches(first.reply.transaction_id, 'COMPLETED')
    const again = await bank.transfer(ann, body, key)
    assert.equal(again.status, 202)
    assert.equal(again.headers['idempotency-replayed'], 'true')
    assert.equal(again.headers.location, first.headers.location)
    assert.equal(again.reply.status, 'COMPLETED')
    await assert.rejects(
      bank.transfer(ann, { ...body, amount_cents: 251n }, key),
      refusedWith('IDEMPOTENCY_KEY_REUSED'),
    )
    assert.equal(bank.ledger.balances.get(to), 250n)
  })

  test('50 identical requests at once move the money once', async (t) => {
    const bank = await openBank(t)
    const { ann, from, to } = twoCustomers(bank)
    const [key, body] = [aKey(), { source_account_id: from, destination_account_id: to }]
    const answers = await Promise.all(Array.from({ length: 50 }, () => bank.transfer(ann, body, key)))
    assert.equal(new Set(answers.map(({ reply }) => reply.transaction_id)).size, 1)
    const [first] = answers
    await bank.reachesStage(first!.reply.transaction_id, 'RESERVED')
    bank.judge(first!.reply, 'ALLOW')
    await bank.reaches(first!.reply.transaction_id, 'COMPLETED')
    assert.equal((await bank.sql`select 1 from transactions`).count, 1)
    assert.equal(bank.ledger.balances.get(to), 250n)
  })

  test('Prefer: wait answers with the end', async (t) => {
    const bank = await openBank(t)
    const { ann, from, to } = twoCustomers(bank, 10n)
    const body = { source_account_id: from, destination_account_id: to, amount_cents: 250n, currency: 'EUR' }
    const answer = await bank.call(api.transferMoney, { body }, ann, { key: aKey(), waitMs: 5_000 })
    assert.equal(answer.status, 202)
    assert.equal(answer.reply.status, 'FAILED')
    assert.equal(answer.reply.failure_code, 'INSUFFICIENT_FUNDS')
  })

  test('a hundred transfers at once ask account-service and the ledger in batches, not one by one', async (t) => {
    const bank = await openBank(t)
    const { ann, from, to } = twoCustomers(bank, 100_000n)
    const body = { source_account_id: from, destination_account_id: to }
    const answers = await Promise.all(Array.from({ length: 100 }, () => bank.transfer(ann, body)))
    assert.ok(bank.asked.accounts <= 20, `account-service was asked ${bank.asked.accounts} times`)
    for (const { reply } of answers) await bank.reachesStage(reply.transaction_id, 'RESERVED')
    for (const { reply } of answers) bank.judge(reply, 'ALLOW')
    for (const { reply } of answers) await bank.reaches(reply.transaction_id, 'COMPLETED')
    assert.equal(bank.ledger.balances.get(to), 25_000n)
    assert.equal(new Set(answers.map(({ reply }) => reply.transaction_ref)).size, 100)
  })
})
