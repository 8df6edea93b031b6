import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/transaction.ts'
import { accountCreated, accountOwnerAdded, accountOwnerRemoved } from '#contracts/events/account.ts'
import type { InputOf } from '#libs/contract/operation.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { type Bank, openBank, twoCustomers } from '../../../testing/open-bank.ts'
import { refusedWith } from '../../../testing/refused-with.ts'
import { type PageWish, pageStatement } from '../../store/pages.ts'

type Caller = Parameters<Bank['call']>[2]
type Query = InputOf<typeof api.listTransactions>['query']

/** Customers whose accounts this service has heard of, and seven transfers between them. */
async function busyBank(t: Parameters<typeof openBank>[0]) {
  const bank = await openBank(t)
  const customers = twoCustomers(bank, 100_000n)
  const { ann, bob, from, to } = customers
  const second = bank.openAccount(ann)
  for (const [owner, account_id] of [
    [ann, from],
    [ann, second],
    [bob, to],
  ] as const) {
    const facts = {
      account_number_last4: '1234',
      account_type: 'CHECKING',
      currency: 'EUR',
      branch_id: 'main',
    } as const
    const customer_id = owner.customer_id as string
    bank.receive(accountCreated, { account_id, customer_id, ...facts, status: 'ACTIVE' })
  }
  await eventually(async () => (await bank.sql`select 1 from account_owners`).count === 3)
  const ids: string[] = []
  for (const destination_account_id of [to, second, to, to, second, to, to])
    ids.unshift((await bank.transfer(ann, { source_account_id: from, destination_account_id })).reply.transaction_id)
  const list = async (caller: Caller, query: Query = {}) =>
    (await bank.call(api.listTransactions, { query }, caller)).reply
  return { bank, ...customers, second, ids, list }
}

describe('listTransactions', () => {
  test("shows a customer the transactions of all their accounts, newest first, each once, and no stranger's", async (t) => {
    const { bank, ann, bob, to, second, ids, list } = await busyBank(t)
    const mine = await list(ann)
    assert.deepEqual(
      mine.items.map(({ transaction_id }) => transaction_id),
      ids,
    )
    assert.equal(mine.next_cursor, null)
    assert.equal((await list(bob)).items.length, 0)
    assert.deepEqual(await list(aCustomer()), { items: [], next_cursor: null })
    assert.equal((await list(ann, { account_id: second })).items.length, 2)
    const come = await bank.transactionOf(ids[0] as string)
    await bank.reachesStage(come.transaction_id, 'RESERVED')
    bank.judge(come, 'ALLOW')
    await bank.reaches(come.transaction_id, 'COMPLETED')
    for (const query of [{}, { account_id: to }, { status: 'COMPLETED' as const }]) {
      const { items } = await list(bob, query)
      assert.deepEqual(
        items.map(({ transaction_id, initiated_by }) => [transaction_id, initiated_by]),
        [[ids[0], null]],
      )
    }
    assert.equal((await list(bob, { status: 'PENDING' })).items.length, 0)
  })

  test('pages by cursor until the end, without gap or repetition', async (t) => {
    const { ann, ids, list } = await busyBank(t)
    const seen: string[] = []
    let cursor: string | undefined
    for (let page = 0; page < 10; page++) {
      const { items, next_cursor } = await list(ann, { limit: 3, ...(cursor === undefined ? {} : { cursor }) })
      seen.push(...items.map(({ transaction_id }) => transaction_id))
      if (next_cursor === null) break
      cursor = next_cursor
    }
    assert.deepEqual(seen, ids)
    for (const wrong of ['nonsense', '%%%', Buffer.from("' or 1=1 --").toString('base64url')])
      await assert.rejects(list(ann, { cursor: wrong }), refusedWith('CURSOR_WRONG'))
  })

  test('staff find by account, status and type, and what waits for approval; a search that says nowhere to look is refused', async (t) => {
    const { bank, ann, from, second, ids, list } = await busyBank(t)
    const staff = aStaffMember('support')
    const today = bank.clock.bank.businessDate()
    const days = { from: today, to: today }
    assert.equal((await list(staff, days)).items.length, 7)
    assert.equal((await list(staff, { account_id: second })).items.length, 2)
    assert.equal((await list(staff, { customer_id: ann.customer_id as string })).items.length, 7)
    assert.equal((await list(staff, { customer_id: newId() })).items.length, 0)
    assert.equal((await list(staff, { customer_id: newId(), account_id: from })).items.length, 0)
    assert.equal((await list(staff, { ...days, transaction_type: 'DEPOSIT' })).items.length, 0)
    const oldest = await bank.transactionOf(ids.at(-1) as string)
    await bank.reachesStage(oldest.transaction_id, 'RESERVED')
    bank.judge(oldest, 'REVIEW')
    await bank.reaches(oldest.transaction_id, 'AWAITING_APPROVAL')
    const waiting = await list(staff, { status: 'AWAITING_APPROVAL', limit: 1 })
    assert.deepEqual(
      waiting.items.map(({ transaction_id }) => transaction_id),
      [oldest.transaction_id],
    )
    assert.equal(waiting.next_cursor, null)
    const pending = { ...days, status: 'PENDING', transaction_type: 'TRANSFER', limit: 4 } as const
    const first = await list(staff, pending)
    assert.equal(first.items.length, 4)
    assert.equal((await list(staff, { ...pending, cursor: first.next_cursor as string })).items.length, 2)
    const wide = [
      {},
      { q: 'rent' },
      { status: 'PENDING' as const },
      { from: '2026-01-01', to: '2026-02-01' },
      { from: today },
    ]
    for (const query of wide) await assert.rejects(list(staff, query), refusedWith('SEARCH_TOO_WIDE'))
    assert.equal((await list(staff, { from: '2026-01-01', to: '2026-01-31' })).items.length, 0)
  })

  test('finds by words and their beginnings, amount, day and counterparty, alone or together, and only what is one’s own', async (t) => {
    const { bank, ann, bob, from, to, second, list } = await busyBank(t)
    const pay = async (body: object) =>
      (await bank.confirmed(ann, { source_account_id: from, destination_account_id: to, ...body })).reply
    const rent = await pay({ description: 'Miete für März', external_reference: 'INV-77/2026', amount_cents: 90_001n })
    await pay({ description: 'Mittagessen', amount_cents: 1_250n })
    const found = async (query: Query, caller: Caller = ann) =>
      (await list(caller, query)).items.map(({ description }) => description)
    const hits: Query[] = [
      { q: 'miete' },
      { q: 'FUR mar' },
      { q: 'inv 77' },
      { q: rent.transaction_ref.toLowerCase() },
      { q: 'mi', min_amount_cents: 90_001n },
      { min_amount_cents: 90_001n, max_amount_cents: 90_001n, counterparty: to },
      {
        q: 'März',
        counterparty: bank.accounts.get(to)?.account_number as string,
        from: rent.value_date,
        to: rent.value_date,
      },
    ]
    for (const query of hits) assert.deepEqual(await found(query), [rent.description], JSON.stringify(query.q))
    const misses: Query[] = [
      { q: 'iete' },
      { q: 'miete april' },
      { q: "'| & ! :*" },
      { q: 'miete', max_amount_cents: 90_000n },
      { q: 'miete', counterparty: second },
      { q: 'miete', to: '2020-01-01' },
      { counterparty: 'FB-00000000-0' },
    ]
    for (const query of misses) assert.deepEqual(await found(query), [], JSON.stringify(query.q))
    assert.deepEqual(await found({ q: 'mi' }), ['Mittagessen', rent.description])
    assert.equal((await list(ann, { counterparty: second })).items.length, 2)
    for (const query of [{ q: 'miete' }, { q: rent.transaction_ref }]) assert.deepEqual(await found(query, bob), [])
    assert.deepEqual(await found({ q: rent.transaction_ref }, aStaffMember('auditor')), [rent.description])
    await assert.rejects(list(bob, { customer_id: ann.customer_id as string }), refusedWith('CUSTOMER_NOT_YOURS'))
    const spoken = JSON.stringify(await bank.sql`select search_text::text from transaction_search`)
    assert.ok(!spoken.includes(ann.customer_id as string))
  })

  test('who was given the right to look at an account finds what is on it, and no more once it is taken away', async (t) => {
    const { bank, to, second, list } = await busyBank(t)
    const helper = aCustomer()
    const about = { account_id: second, customer_id: helper.customer_id as string }
    bank.receive(accountOwnerAdded, { ...about, capability: 'view' })
    await eventually(
      async () => (await list(helper)).items.length === 0 && (await bank.sql`select 1 from account_owners`).count === 4,
    )
    const both = bank.accounts.get(second)
    both?.owners.push({ customer_id: about.customer_id, capabilities: ['view'] })
    // What was sent from an account that is not theirs is seen once it has come.
    assert.equal((await list(helper)).items.length, 0)
    await bank.owner`update transactions set status = 'COMPLETED' where destination_account_id = ${second}`
    assert.equal((await list(helper)).items.length, 2)
    await assert.rejects(list(helper, { account_id: to }), refusedWith('NOT_FOUND'))
    bank.receive(accountOwnerRemoved, about)
    await eventually(async () => (await list(helper)).items.length === 0)
  })

  test('reads an account and a span of days by their indexes, however many rows others have', async (t) => {
    const { bank, from, to } = await busyBank(t)
    await bank.owner`
      insert into transactions
      select (jsonb_populate_record(t, jsonb_build_object('value_date', value_date - day,
        'transaction_id', left(transaction_id::text, 14) || substr(gen_random_uuid()::text, 15),
        'transaction_ref', 'TXN-2026-' || lpad((100 + row_number() over (order by day))::text, 10, '0')))).*
      from transactions t, generate_series(1, 1500) as day`
    await bank.owner`
      insert into transaction_search (account_id, transaction_id, value_date, search_text)
      select gen_random_uuid(), transaction_id, value_date, array_to_tsvector(array['rent', value_date::text])
      from transactions on conflict do nothing`
    await bank.owner`vacuum analyze transactions, transaction_search`
    const month = bank.clock.wall.now().toISOString().slice(0, 7).replace('-', '_')
    const plan = async (wish: PageWish) => {
      const rows = await bank.owner<{ 'QUERY PLAN': string }[]>`explain ${pageStatement(bank.owner, wish)}`
      return rows.map((row) => row['QUERY PLAN']).join('\n')
    }
    const accounts = { kind: 'accounts' as const, account_ids: [from, to] }
    const span = { from: '2026-01-01', to: '2026-01-31' }
    const wishes: Omit<PageWish, 'own_account_ids'>[] = [
      { scope: accounts },
      { scope: accounts, words: ['rent'], min_amount_cents: 1n },
      { scope: accounts, ...span },
      { scope: { kind: 'days', ...span }, ...span, words: ['rent'] },
      { scope: { kind: 'reference', transaction_ref: 'TXN-2026-0000000900' } },
      { scope: { kind: 'approvals' }, status: 'AWAITING_APPROVAL' },
    ]
    for (const wish of wishes)
      assert.doesNotMatch(
        await plan({ ...wish, own_account_ids: [from] }),
        new RegExp(`Seq Scan on transaction(s|_search)_${month}`),
        wish.scope.kind,
      )
  })

  test("another customer's account is not there, however it is asked for", async (t) => {
    const { ann, from, to, list } = await busyBank(t)
    assert.equal((await list(ann, { account_id: from })).items.length, 7)
    await assert.rejects(list(ann, { account_id: to }), refusedWith('NOT_FOUND'))
    await assert.rejects(list(ann, { account_id: newId() }), refusedWith('NOT_FOUND'))
  })
})
