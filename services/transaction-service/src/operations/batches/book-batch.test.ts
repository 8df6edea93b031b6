import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/transaction.ts'
import * as events from '#contracts/events/transaction.ts'
import type { InputOf } from '#libs/contract/operation.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer } from '#libs/testing/callers.ts'
import { aKey, eventually } from '#libs/testing/service-test.ts'
import { type Bank, openBank } from '../../../testing/open-bank.ts'
import { refusedWith } from '../../../testing/refused-with.ts'

type Row = InputOf<typeof api.bookBatch>['body']['rows'][number]

function row(account_id: string, number: number, fields: Partial<Row> = {}): Row {
  return {
    ...{ account_id, direction: 'DEBIT', amount_cents: 10n, currency: 'GBP', value_date: '2014-04-01' },
    ...{ description: 'STATIONERY', category: 'Office supplies', external_reference: `row-${1_000_000 + number}` },
    ...fields,
  }
}

const book = async (bank: Bank, batch_id: string, rows: Row[], key?: string) =>
  (await bank.call(api.bookBatch, { body: { batch_id, rows } }, bank.operator, key === undefined ? {} : { key })).reply

const settled = (bank: Bank, batch_id: string) =>
  eventually(async () => {
    const { reply } = await bank.call(api.getBatch, { params: { batch_id } }, bank.operator)
    assert.equal(reply.pending, 0)
    return reply
  })

describe('bookBatch', () => {
  test('books each row under its own value date against the clearing account, without hold or fraud check', async (t) => {
    const bank = await openBank(t)
    const account_id = bank.openAccount(aCustomer(), { currency: 'GBP', balance_cents: 1_000n })
    const batch_id = newId()
    const rows = [row(account_id, 1), row(account_id, 2, { direction: 'CREDIT', amount_cents: 7n })]
    const reply = await book(bank, batch_id, rows)
    assert.deepEqual(reply, { batch_id, accepted: 2, already_known: 0, refused: [] })
    await settled(bank, batch_id)
    assert.equal(bank.ledger.balances.get(account_id), 997n)
    assert.equal(bank.ledger.balances.get('IMPORT_CLEARING'), 3n)
    assert.equal(bank.ledger.holds.size, 0)
    const stored = await bank.sql`
      select transaction_type, value_date, external_reference, batch_id from transactions order by external_reference`
    assert.deepEqual(
      [...stored],
      [
        { transaction_type: 'WITHDRAWAL', value_date: '2014-04-01', external_reference: 'row-1000001', batch_id },
        { transaction_type: 'DEPOSIT', value_date: '2014-04-01', external_reference: 'row-1000002', batch_id },
      ],
    )
    const [first] = await bank.sql`select event_type, data from transaction_events where sequence = 1`
    assert.deepEqual(first, { event_type: 'transaction.processing', data: { category: 'Office supplies' } })
    const completed = await bank.published(events.transactionCompleted)
    assert.deepEqual(
      completed.map(({ value_date }) => value_date),
      ['2014-04-01', '2014-04-01'],
    )
    assert.equal((await bank.published(events.transactionInitiated)).length, 0)
    assert.equal((await bank.published(events.transactionProcessed)).length, 0)
  })

  test('the same rows again, in any batch, at once or twice in one call, are booked once', async (t) => {
    const bank = await openBank(t)
    const account_id = bank.openAccount(aCustomer(), { currency: 'GBP', balance_cents: 10_000n })
    const rows = Array.from({ length: 200 }, (_, i) => row(account_id, i))
    const batches = [newId(), newId(), newId()]
    const replies = await Promise.all(batches.map((batch_id) => book(bank, batch_id, rows)))
    assert.equal(
      replies.reduce((sum, reply) => sum + reply.accepted, 0),
      200,
    )
    for (const reply of replies) assert.equal(reply.accepted + reply.already_known, 200)
    const twice = await book(bank, newId(), [row(account_id, 500), row(account_id, 500)])
    assert.deepEqual([twice.accepted, twice.already_known], [1, 1])
    for (const batch_id of batches) await settled(bank, batch_id)
    await eventually(() => bank.ledger.balances.get(account_id) === 10_000n - 2_010n)
  })

  test('a row is refused by itself, with its reason; the others are booked', async (t) => {
    const bank = await openBank(t)
    const owner = aCustomer()
    const account_id = bank.openAccount(owner, { currency: 'GBP', balance_cents: 100n })
    const frozen = bank.openAccount(owner, { currency: 'GBP', status: 'FROZEN' })
    const closed = bank.openAccount(owner, { currency: 'GBP', status: 'CLOSED' })
    const pending = bank.openAccount(owner, { currency: 'GBP', status: 'PENDING' })
    const reply = await book(bank, newId(), [
      row(account_id, 1),
      row(newId(), 2),
      row(account_id, 3, { currency: 'EUR' }),
      row(frozen, 4),
      row(frozen, 5, { direction: 'CREDIT' }),
      row(closed, 6, { direction: 'CREDIT' }),
      row(account_id, 7, { currency: 'XXX' }),
      row(pending, 8, { direction: 'CREDIT' }),
    ])
    assert.equal(reply.accepted, 2)
    assert.deepEqual(
      reply.refused.map(({ external_reference, code }) => [external_reference, code]),
      [
        ['row-1000002', 'ACCOUNT_NOT_FOUND'],
        ['row-1000003', 'CURRENCY_MISMATCH'],
        ['row-1000004', 'ACCOUNT_FROZEN'],
        ['row-1000006', 'ACCOUNT_CLOSED'],
        ['row-1000007', 'CURRENCY_UNKNOWN'],
        ['row-1000008', 'ACCOUNT_PENDING'],
      ],
    )
    assert.equal((await bank.sql`select 1 from imported_references`).count, 2)
  })

  test('is for operators; a key that is used again answers the same, or refuses other rows', async (t) => {
    const bank = await openBank(t)
    const owner = aCustomer()
    const account_id = bank.openAccount(owner, { currency: 'GBP', balance_cents: 100n })
    const [batch_id, key] = [newId(), aKey()]
    const first = await book(bank, batch_id, [row(account_id, 1)], key)
    assert.deepEqual(await book(bank, batch_id, [row(account_id, 1)], key), first)
    await assert.rejects(book(bank, batch_id, [row(account_id, 2)], key), refusedWith('IDEMPOTENCY_KEY_REUSED'))
    const body = { batch_id, rows: [row(account_id, 3)] }
    for (const caller of [owner, bank.teller])
      await assert.rejects(bank.call(api.bookBatch, { body }, caller), refusedWith('FORBIDDEN'))
    assert.equal((await bank.sql`select 1 from transactions`).count, 1)
  })

  test('a batch has an end: one row more than it may have is refused and not booked', async (t) => {
    const bank = await openBank(t)
    const account_id = bank.openAccount(aCustomer(), { currency: 'GBP', balance_cents: 100n })
    const batch_id = newId()
    await bank.sql`insert into batches values (${batch_id}, 5000000, 'somebody', now())`
    await assert.rejects(book(bank, batch_id, [row(account_id, 1)]), refusedWith('BATCH_TOO_LARGE'))
    assert.equal((await bank.sql`select 1 from transactions`).count, 0)
  })

  test('a row that the ledger refused is booked when it is sent again, once', async (t) => {
    const bank = await openBank(t)
    const account_id = bank.openAccount(aCustomer(), { currency: 'GBP', balance_cents: 15n })
    const [batch_id, rows] = [newId(), [row(account_id, 1), row(account_id, 2)]]
    await book(bank, batch_id, rows)
    const first = await settled(bank, batch_id)
    assert.deepEqual([first.completed, first.failed], [1, 1])
    bank.ledger.balances.set(account_id, 1_000n)
    assert.deepEqual(await book(bank, batch_id, rows), { batch_id, accepted: 1, already_known: 1, refused: [] })
    const second = await settled(bank, batch_id)
    assert.deepEqual([second.completed, second.failed, second.failures], [2, 1, []])
    assert.equal(bank.ledger.balances.get(account_id), 990n)
    assert.deepEqual(await book(bank, batch_id, rows), { batch_id, accepted: 0, already_known: 2, refused: [] })
  })

  test('a row of the future and a row of an account that is the own one of who sends it are refused', async (t) => {
    const bank = await openBank(t)
    const owner = aCustomer()
    const account_id = bank.openAccount(owner, { currency: 'GBP', balance_cents: 100n })
    const today = bank.clock.bank.businessDate()
    const tomorrow = new Date(Date.parse(today) + 86_400_000).toISOString().slice(0, 10)
    const rows = [row(account_id, 1, { value_date: tomorrow }), row(account_id, 2, { value_date: today })]
    const reply = await book(bank, newId(), rows)
    assert.deepEqual([reply.accepted, reply.refused.map(({ code }) => code)], [1, ['VALUE_DATE_IN_FUTURE']])
    const body = { batch_id: newId(), rows: [row(account_id, 3)] }
    const clerk = { ...bank.operator, customer_id: owner.customer_id }
    const own = (await bank.call(api.bookBatch, { body }, clerk)).reply
    assert.deepEqual([own.accepted, own.refused.map(({ code }) => code)], [0, ['OWN_ACCOUNT']])
  })
})
