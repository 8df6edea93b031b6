import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listAccountsOfUser, resolveAccounts } from '#contracts/api/account.ts'
import { getLedgerTransaction } from '#contracts/api/ledger.ts'
import type { Caller } from '#libs/contract/client.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import { newId } from '#libs/ids/ids.ts'
import { Problem } from '#libs/problem/problem.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { ownedBy } from '../../../testing/account-owners.ts'
import { openLedgerTest, refusalOf } from '../../../testing/ledger-test.ts'

describe('getLedgerTransaction', () => {
  test('answers whoever owns one of its accounts, and staff; for others it is not there', async (t) => {
    const ledger = await openLedgerTest(t)
    const [a, b] = [await ledger.openAccount({ balance_cents: 5n }), await ledger.openAccount()]
    const [payer, payee] = [aCustomer(), aCustomer()]
    ledger.peer(resolveAccounts, ownedBy({ [a]: payer.customer_id as string, [b]: payee.customer_id as string }))
    const booked = await ledger.post({ from: a, to: b, cents: 5n })
    const read = (caller: ReturnType<typeof aCustomer>, ledger_transaction_id = booked.ledger_transaction_id) =>
      ledger.call(getLedgerTransaction, { params: { ledger_transaction_id } }, caller)
    for (const caller of [payer, payee, aStaffMember('compliance')])
      assert.deepEqual((await read(caller)).reply, booked)
    assert.deepEqual(getLedgerTransaction.shapes.reply.errorsInside(booked), [])
    assert.equal(await refusalOf(read(aCustomer())), 'NOT_FOUND')
    assert.equal(await refusalOf(read(payer, newId())), 'NOT_FOUND')
    ledger.peer(listAccountsOfUser, () => {
      throw new Problem({ code: 'USER_NOT_FOUND', status: 404, title: '' })
    })
    assert.equal(await refusalOf(read(aStaffMember('auditor'), newId())), 'LEDGER_TRANSACTION_NOT_FOUND')
  })

  test("lists what touched a user's accounts, newest first, each once, in pages; a stranger's are not there", async (t) => {
    const ledger = await openLedgerTest(t)
    const [a, b, other] = [await ledger.openAccount(), await ledger.openAccount(), await ledger.openAccount()]
    const owner = aCustomer()
    const user_id = owner.sub as string
    ledger.peer(listAccountsOfUser, ({ params }) => {
      if (params.user_id !== user_id) throw new Problem({ code: 'USER_NOT_FOUND', status: 404, title: '' })
      const items = [a, b].map((account_id) => ({ account_id }) as ReplyOf<typeof listAccountsOfUser>['items'][number])
      return { items, next_cursor: null }
    })
    const said: string[] = []
    for (let i = 0; i < 9; i++) {
      const [from, to] = i % 3 === 0 ? ['CASH', a] : i % 3 === 1 ? [a, b] : ['CASH', b]
      said.unshift((await ledger.post({ from, to, cents: 1n, description: `${i}` })).description)
      await ledger.post({ to: other })
    }
    const read = async (caller: Caller, query: object, id = user_id) =>
      (await ledger.call(getLedgerTransaction, { params: { ledger_transaction_id: id }, query }, caller)).reply
    const listed: string[] = []
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await read(owner, cursor === undefined ? { limit: 2 } : { limit: 2, cursor })
      assert.ok('items' in page)
      assert.deepEqual(getLedgerTransaction.shapes.reply.errorsInside(page), [])
      listed.push(...page.items.map((item) => item.description))
      cursor = page.next_cursor
    }
    assert.deepEqual(listed, said)
    const whole = await read(aStaffMember('auditor'), {})
    assert.ok('items' in whole && whole.items.length === 9)
    assert.equal(await refusalOf(read(aCustomer(), {})), 'NOT_FOUND')
    assert.equal(await refusalOf(read(aStaffMember('auditor'), {}, newId())), 'LEDGER_TRANSACTION_NOT_FOUND')
    assert.equal(await refusalOf(read(owner, { cursor: '1.2.3' })), 'CURSOR_WRONG')
  })
})
