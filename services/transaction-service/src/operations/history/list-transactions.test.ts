import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/transaction.ts'
import { accountCreated } from '#contracts/events/account.ts'
import type { InputOf } from '#libs/contract/operation.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { type Bank, openBank, twoCustomers } from '../../../testing/open-bank.ts'
import { refusedWith } from '../../../testing/refused-with.ts'

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

  test('staff see all and filter by account, status and type; what waits for approval is found among everything', async (t) => {
    const { bank, second, ids, list } = await busyBank(t)
    const staff = aStaffMember('support')
    assert.equal((await list(staff)).items.length, 7)
    assert.equal((await list(staff, { account_id: second })).items.length, 2)
    assert.equal((await list(staff, { transaction_type: 'DEPOSIT' })).items.length, 0)
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
    assert.equal((await list(staff, { status: 'PENDING', transaction_type: 'TRANSFER', limit: 4 })).items.length, 4)
  })

  test("another customer's account is not there, however it is asked for", async (t) => {
    const { ann, from, to, list } = await busyBank(t)
    assert.equal((await list(ann, { account_id: from })).items.length, 7)
    await assert.rejects(list(ann, { account_id: to }), refusedWith('NOT_FOUND'))
    await assert.rejects(list(ann, { account_id: newId() }), refusedWith('NOT_FOUND'))
  })
})
