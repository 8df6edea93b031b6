import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { postInBulk, searchLedgerTransactions } from '#contracts/api/ledger-transactions.ts'
import { idMaker, newId } from '#libs/ids/ids.ts'
import { encode } from '#libs/json/json.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import {
  type LedgerTest,
  openLedgerTest,
  passDays,
  postBody,
  refusalOf,
  transactions,
} from '../../../testing/ledger-test.ts'

const search = async (ledger: LedgerTest, query: object, caller = aStaffMember('compliance')) =>
  (await ledger.call(searchLedgerTransactions, { query }, caller)).reply

const found = async (ledger: LedgerTest, query: object): Promise<string[]> =>
  (await search(ledger, query)).items.map((item) => item.description)

describe('searchLedgerTransactions', () => {
  test('finds by metadata, all of it, newest first, page by page', async (t) => {
    const ledger = await openLedgerTest(t)
    const to = await ledger.openAccount()
    for (let i = 0; i < 7; i++)
      await ledger.post({ to, description: `${i}`, metadata: { order: `${i % 2}`, channel: 'web', 'a.b': 'x"y' } })
    await ledger.post({ to, description: 'plain' })
    assert.deepEqual(await found(ledger, { 'metadata[order]': '1' }), ['5', '3', '1'])
    assert.deepEqual(await found(ledger, { 'metadata[order]': '1', 'metadata[channel]': 'branch' }), [])
    assert.deepEqual(await found(ledger, { 'metadata[a.b]': 'x"y', 'metadata[order]': '0' }), ['6', '4', '2', '0'])
    const first = await search(ledger, { 'metadata[channel]': 'web', limit: 4 })
    const second = await search(ledger, { 'metadata[channel]': 'web', limit: 4, cursor: first.next_cursor })
    assert.deepEqual(
      [...first.items, ...second.items].map((item) => item.description),
      ['6', '5', '4', '3', '2', '1', '0'],
    )
    assert.equal(second.next_cursor, null)
    assert.deepEqual(first.items[0]?.metadata, { order: '0', channel: 'web', 'a.b': 'x"y' })
  })

  test('finds by the saga, by event, by reference and by business dates', async (t) => {
    const ledger = await openLedgerTest(t)
    const to = await ledger.openAccount()
    const [first, second] = await passDays(ledger, 0, 2)
    const fee = await ledger.post({ to, description: 'fee', business_event: 'FEE', reference: 'R-1' })
    await passDays(ledger, 1)
    await ledger.post({ to, description: 'late', reference: 'R-2' })
    assert.deepEqual(await found(ledger, { transaction_id: fee.transaction_id }), ['fee'])
    assert.deepEqual(await found(ledger, { business_event: 'FEE' }), ['fee'])
    assert.deepEqual(await found(ledger, { reference: 'R-2' }), ['late'])
    assert.deepEqual(await found(ledger, { to: first }), ['fee'])
    assert.deepEqual(await found(ledger, { from: second }), ['late'])
    assert.deepEqual(await found(ledger, { from: first, to: second }), ['late', 'fee'])
    assert.deepEqual(await found(ledger, { from: second, business_event: 'FEE' }), [])
  })

  test('finds by its business date what was numbered on a day before, over midnight or a jump of the clock', async (t) => {
    const ledger = await openLedgerTest(t)
    const to = await ledger.openAccount()
    const [, second, third] = (await passDays(ledger, 0, 3)) as [string, string, string]
    const { ledger_transaction_id } = await ledger.post({ to, description: 'of today' })
    const numbered = async (made: string, business_date: string, description: string) => {
      const changes = { ledger_transaction_id: idMaker()(Date.parse(made)), business_date, description }
      await ledger.owner`
        insert into journal_transactions
        select other.* from journal_transactions j cross join lateral jsonb_populate_record(j, ${encode(changes)}::text::jsonb) other
        where j.ledger_transaction_id = ${ledger_transaction_id}`
    }
    await numbered(`${second}T23:59:59.900Z`, third, 'over midnight')
    await numbered(`${second}T12:00:00.000Z`, third, 'over a jump')
    await numbered(`${second}T13:00:00.000Z`, second, 'of the second day')
    const expected = ['over midnight', 'over a jump']
    assert.deepEqual(await found(ledger, { from: third }), expected)
    assert.deepEqual(await found(ledger, { from: third, transaction_id: newId() }), [])
    const first = await search(ledger, { from: third, limit: 1 })
    const next = await search(ledger, { from: third, limit: 1, cursor: first.next_cursor })
    assert.deepEqual(
      [...first.items, ...next.items].map((item) => item.description),
      expected,
    )
  })

  test('a page that looked at enough ends there, and the next goes on', async (t) => {
    const ledger = await openLedgerTest(t)
    const to = await ledger.openAccount()
    await ledger.post({ to, description: 'needle', business_event: 'FEE' })
    const hay = Array.from({ length: 5_100 }, () => postBody('CASH', to, 1n))
    await ledger.call(postInBulk, { body: { mode: 'atomic', transactions: hay } }, transactions)
    const first = await search(ledger, { business_event: 'FEE', limit: 1 })
    assert.deepEqual(first.items, [])
    const second = await search(ledger, { business_event: 'FEE', limit: 1, cursor: first.next_cursor })
    assert.deepEqual([second.items[0]?.description, second.next_cursor], ['needle', null])
  })

  test('refuses unknown fields, a cursor of its own making, and customers', async (t) => {
    const ledger = await openLedgerTest(t)
    assert.equal(await refusalOf(search(ledger, { cursor: 'x' })), 'CURSOR_WRONG')
    assert.equal(await refusalOf(search(ledger, {}, aCustomer())), 'FORBIDDEN')
    const { query } = searchLedgerTransactions.shapes
    assert.deepEqual(query.errors({ 'metadata[a]': 'x' }), [])
    for (const wrong of ['metadata[]', 'metadata[a]b', 'metadatas[a]', 'other'])
      assert.equal(query.errors({ [wrong]: 'x' }).length, 1, wrong)
  })
})
