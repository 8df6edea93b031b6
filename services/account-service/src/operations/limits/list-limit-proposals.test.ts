import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listLimitProposals } from '#contracts/api/account-limits.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer } from '#libs/testing/callers.ts'
import { openAccount, openAccountBank, refusalOf } from '../../../testing/bank.ts'
import { ada, decide, propose } from '../../../testing/limit-proposals.ts'

describe('listLimitProposals', () => {
  test('pages those of an account from the newest back', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id } = await openAccount(bank)
    const first = await decide(bank, await propose(bank, account_id, { daily_limit_cents: null }), 'reject')
    const second = await propose(bank, account_id, { monthly_limit_cents: 5n })
    const list = async (query: object, id = account_id, caller = ada) =>
      (await bank.call(listLimitProposals, { params: { account_id: id }, query }, caller)).reply
    const page = await list({ limit: 1 })
    assert.deepEqual(page.items, [second])
    assert.deepEqual(await list({ limit: 1, cursor: page.next_cursor }), { items: [first], next_cursor: null })
    assert.equal(await refusalOf(list({ cursor: 'yesterday' })), 'CURSOR_WRONG')
    assert.equal(await refusalOf(list({}, newId())), 'ACCOUNT_NOT_FOUND')
    assert.equal(await refusalOf(list({}, account_id, aCustomer())), 'FORBIDDEN')
  })
})
