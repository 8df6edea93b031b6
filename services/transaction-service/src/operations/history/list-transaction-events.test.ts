import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/transaction.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer } from '#libs/testing/callers.ts'
import { openBank, twoCustomers } from '../../../testing/open-bank.ts'
import { refusedWith } from '../../../testing/refused-with.ts'

describe('listTransactionEvents', () => {
  test('tells the whole story of a transfer in order, under one correlation id, and customers no code of the fraud check', async (t) => {
    const bank = await openBank(t)
    const { ann, bob, from, to } = twoCustomers(bank)
    const { reply } = await bank.transfer(ann, { source_account_id: from, destination_account_id: to })
    await bank.reachesStage(reply.transaction_id, 'RESERVED')
    bank.judge(reply, 'BLOCK')
    await bank.reaches(reply.transaction_id, 'FAILED')
    const list = (caller: Parameters<typeof bank.call>[2], transaction_id = reply.transaction_id) =>
      bank.call(api.listTransactionEvents, { params: { transaction_id } }, caller)
    const { items } = (await list(ann)).reply
    assert.deepEqual(
      items.map(({ sequence, event_type, status, code }) => [sequence, event_type, status, code]),
      [
        [1, 'transaction.initiated', 'PENDING', null],
        [2, 'transaction.balance_reserved', 'PENDING', null],
        [3, 'transaction.releasing', 'PENDING', 'REFUSED'],
        [4, 'transaction.failed', 'FAILED', 'REFUSED'],
      ],
    )
    const whole = (await list(bank.operator)).reply.items
    assert.deepEqual(
      whole.map(({ code }) => code),
      [null, null, 'FRAUD_BLOCKED', 'FRAUD_BLOCKED'],
    )
    await assert.rejects(list(bob), refusedWith('NOT_FOUND'))
    assert.equal(new Set(items.map(({ correlation_id }) => correlation_id)).size, 1)
    await assert.rejects(list(aCustomer()), refusedWith('NOT_FOUND'))
    await assert.rejects(list(bank.operator, newId()), refusedWith('TRANSACTION_NOT_FOUND'))
  })

  test('no row of the stream can be changed or taken away by the application', async (t) => {
    const bank = await openBank(t)
    await assert.rejects(bank.sql`update transaction_events set status = 'COMPLETED'`, /permission denied/)
    await assert.rejects(bank.sql`delete from transaction_events`, /permission denied/)
    await assert.rejects(bank.sql`update imported_references set transaction_id = account_id`, /permission denied/)
    await assert.rejects(bank.sql`delete from transactions`, /permission denied/)
  })
})
