import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getMonthlyStatement } from '#contracts/api/account.ts'
import { isFileReply } from '#libs/contract/file-reply.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer } from '#libs/testing/callers.ts'
import { openAccount, openAccountBank, refusalOf } from '../../../testing/bank.ts'

describe('getMonthlyStatement', () => {
  test('is the statement of its month, the same bytes each time, and belongs to one account', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id, owner } = await openAccount(bank)
    const other = await openAccount(bank, owner)
    bank.ledger.enter(account_id, { business_date: '2026-01-05', signed_cents: 5n })
    const statement_id = newId()
    await bank.owner`insert into statements values (${statement_id}, ${account_id}, '2026-01-01', '2026-01-31', 0, 5, 1, '2026-02-01')`
    const ask = async (query = {}, caller = owner, params = { account_id, statement_id }) =>
      (await bank.call(getMonthlyStatement, { params, query }, caller)).reply
    const { from, to, closing_balance_cents, lines } = await ask()
    assert.deepEqual([from, to, closing_balance_cents, lines.length], ['2026-01-01', '2026-01-31', 5n, 1])
    const [pdf, again]: object[] = [await ask({ format: 'pdf' }), await ask({ format: 'pdf' })]
    assert.ok(isFileReply(pdf))
    assert.deepEqual(pdf, again)
    const { account_id: wrong } = other
    assert.equal(await refusalOf(ask({}, owner, { account_id: wrong, statement_id })), 'STATEMENT_NOT_FOUND')
    assert.equal(await refusalOf(ask({}, owner, { account_id, statement_id: newId() })), 'STATEMENT_NOT_FOUND')
    assert.equal(await refusalOf(ask({}, aCustomer())), 'NOT_FOUND')
  })
})
