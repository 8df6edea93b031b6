import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/transaction.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { openBank } from '../../../testing/open-bank.ts'
import { refusedWith } from '../../../testing/refused-with.ts'

describe('getBatch', () => {
  test('counts what is pending, completed and failed, nets each account and names the failures', async (t) => {
    const bank = await openBank(t)
    const rich = bank.openAccount(aCustomer(), { currency: 'GBP', balance_cents: 1_000n })
    const poor = bank.openAccount(aCustomer(), { currency: 'GBP', balance_cents: 15n })
    const batch_id = newId()
    const row = { amount_cents: 10n, currency: 'GBP', value_date: '2014-04-01', description: '' }
    const rows = [
      { ...row, account_id: rich, direction: 'DEBIT' as const, external_reference: 'row-0000001' },
      { ...row, account_id: rich, direction: 'CREDIT' as const, external_reference: 'row-0000002', amount_cents: 35n },
      { ...row, account_id: poor, direction: 'DEBIT' as const, external_reference: 'row-0000003' },
      { ...row, account_id: poor, direction: 'DEBIT' as const, external_reference: 'row-0000004' },
    ]
    bank.ledger.goAway('post')
    await bank.call(api.bookBatch, { body: { batch_id, rows } }, bank.operator)
    const get = async (id = batch_id, caller = aStaffMember('auditor')) =>
      (await bank.call(api.getBatch, { params: { batch_id: id } }, caller)).reply
    assert.equal((await get()).pending, 4)
    bank.ledger.mend()
    const done = await eventually(async () => {
      const reply = await get()
      assert.equal(reply.pending, 0)
      return reply
    })
    assert.deepEqual([done.rows, done.completed, done.failed], [4, 3, 1])
    assert.deepEqual(
      done.accounts,
      [
        { account_id: rich, completed: 2, net_cents: 25n },
        { account_id: poor, completed: 1, net_cents: -10n },
      ].sort((a, b) => (a.account_id < b.account_id ? -1 : 1)),
    )
    assert.equal(done.failures.length, 1)
    assert.equal(done.failures[0]?.code, 'INSUFFICIENT_FUNDS')
    assert.equal(done.failures[0]?.external_reference, 'row-0000004')
    await assert.rejects(get(newId()), refusedWith('BATCH_NOT_FOUND'))
    await assert.rejects(get(batch_id, bank.teller), refusedWith('FORBIDDEN'))
  })
})
