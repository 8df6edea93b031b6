import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { addOwner, closeAccount, listAccounts } from '#contracts/api/account.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openAccount, openAccountBank, refusalOf } from '../../../testing/bank.ts'

describe('listAccounts', () => {
  test("pages through a customer's accounts in the order of their opening, each once", async (t) => {
    const bank = await openAccountBank(t)
    const anna = aCustomer()
    const opened: string[] = []
    for (let i = 0; i < 5; i++) opened.push((await openAccount(bank, anna)).account_id)
    await openAccount(bank)
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const query: { limit: number; cursor?: string } = cursor === null ? { limit: 2 } : { limit: 2, cursor }
      const { reply } = await bank.call(listAccounts, { query }, anna)
      assert.ok(reply.items.length <= 2)
      seen.push(...reply.items.map(({ account_id }) => account_id))
      cursor = reply.next_cursor
    } while (cursor !== null)
    assert.deepEqual(seen, opened)
  })

  test('holds what is shared and may be viewed, and leaves out what may only be debited', async (t) => {
    const bank = await openAccountBank(t)
    const bert = aCustomer()
    const customer_id = bert.customer_id as string
    const [joint, viewed, debited] = [await openAccount(bank), await openAccount(bank), await openAccount(bank)]
    const add = (account_id: string, body: { relation: 'JOINT' | 'DELEGATE'; capabilities?: ('view' | 'debit')[] }) =>
      bank.call(addOwner, { params: { account_id }, body: { customer_id, ...body } }, aStaffMember('teller'))
    await add(joint.account_id, { relation: 'JOINT' })
    await add(viewed.account_id, { relation: 'DELEGATE', capabilities: ['view'] })
    await add(debited.account_id, { relation: 'DELEGATE', capabilities: ['debit'] })
    const { reply } = await bank.call(listAccounts, {}, bert)
    assert.deepEqual(
      reply.items.map(({ account_id }) => account_id),
      [joint.account_id, viewed.account_id],
    )
  })

  test('filters by status', async (t) => {
    const bank = await openAccountBank(t)
    const anna = aCustomer()
    const [first, second] = [await openAccount(bank, anna), await openAccount(bank, anna)]
    await bank.call(closeAccount, { params: { account_id: first.account_id } }, anna)
    const { reply } = await bank.call(listAccounts, { query: { status: 'ACTIVE' } }, anna)
    assert.deepEqual(
      reply.items.map(({ account_id }) => account_id),
      [second.account_id],
    )
  })

  test('staff name a customer; a customer names nobody else; a cursor of another kind is refused', async (t) => {
    const bank = await openAccountBank(t)
    const { owner, account_id } = await openAccount(bank)
    const customer_id = owner.customer_id as string
    const { reply } = await bank.call(listAccounts, { query: { customer_id } }, aStaffMember('support'))
    assert.deepEqual(
      reply.items.map((one) => one.account_id),
      [account_id],
    )
    assert.equal(await refusalOf(bank.call(listAccounts, {}, aStaffMember('support'))), 'CUSTOMER_REQUIRED')
    assert.equal(
      await refusalOf(bank.call(listAccounts, { query: { customer_id: newId() } }, owner)),
      'CUSTOMER_NOT_YOURS',
    )
    assert.equal(await refusalOf(bank.call(listAccounts, { query: { cursor: "'; --" } }, owner)), 'CURSOR_WRONG')
  })
})
