import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listStatements } from '#contracts/api/account.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openAccount, openAccountBank, refusalOf } from '../../../testing/bank.ts'

describe('listStatements', () => {
  test('shows the newest first, page by page, to those who may see the account', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id, owner } = await openAccount(bank)
    for (const month of ['01', '02', '03'])
      await bank.owner`insert into statements values (${newId()}, ${account_id}, ${`2026-${month}-01`}, ${`2026-${month}-28`}, 0, 5, 1, now())`
    const list = async (query = {}, caller = owner, id = account_id) =>
      (await bank.call(listStatements, { params: { account_id: id }, query }, caller)).reply
    const first = await list({ limit: 2 })
    assert.deepEqual(
      first.items.map((one) => one.to),
      ['2026-03-28', '2026-02-28'],
    )
    const second = await list({ limit: 2, cursor: first.next_cursor })
    assert.deepEqual([second.items.map((one) => one.to), second.next_cursor], [['2026-01-28'], null])
    assert.equal(await refusalOf(list({ cursor: 'x' })), 'CURSOR_WRONG')
    assert.equal(await refusalOf(list({}, aCustomer())), 'NOT_FOUND')
    assert.equal(await refusalOf(list({}, aStaffMember('teller'), newId())), 'ACCOUNT_NOT_FOUND')
  })
})
