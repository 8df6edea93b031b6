import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/transaction.ts'
import { newId } from '#libs/ids/ids.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import { aKey } from '#libs/testing/service-test.ts'
import { openBank, twoCustomers } from '../../../testing/open-bank.ts'
import { refusedWith } from '../../../testing/refused-with.ts'

describe('listTransactionAudit', () => {
  test('tells who decided what and why, in order, to those who may know; nothing of it can be changed', async (t) => {
    const bank = await openBank(t)
    const { ann, from, to } = twoCustomers(bank)
    const { reply } = await bank.transfer(ann, { source_account_id: from, destination_account_id: to })
    const { transaction_id } = reply
    const params = { transaction_id }
    const auditor = aStaffMember('auditor')
    const list = async (caller = auditor, id = transaction_id) =>
      (await bank.call(api.listTransactionAudit, { params: { transaction_id: id } }, caller)).reply.items
    await bank.reachesStage(transaction_id, 'RESERVED')
    assert.deepEqual(await list(), [])
    bank.judge(reply, 'REVIEW')
    await bank.reaches(transaction_id, 'AWAITING_APPROVAL')
    await bank.call(api.approveTransaction, { params, body: { reason: 'called back' } }, bank.operator)
    await bank.reaches(transaction_id, 'COMPLETED')
    const second = aStaffMember('operator')
    const body = { reason_code: 'FRAUD' as const, reason: 'it was not' }
    await bank.call(api.reverseCompletedTransaction, { params, body }, second, { key: aKey() })
    await bank.reaches(transaction_id, 'REVERSED')
    assert.deepEqual(
      (await list()).map(({ acted_at, correlation_id, ...line }) => line),
      [
        {
          ...{ sequence: 1, action: 'APPROVED', status_before: 'AWAITING_APPROVAL', status_after: 'PROCESSING' },
          ...{ reason: 'called back', acted_by: bank.operator.sub },
        },
        {
          ...{ sequence: 2, action: 'REVERSED', status_before: 'COMPLETED', status_after: 'REVERSED' },
          ...{ reason: 'it was not', acted_by: second.sub },
        },
      ],
    )
    for (const caller of [ann, aStaffMember('teller')]) await assert.rejects(list(caller), refusedWith('FORBIDDEN'))
    await assert.rejects(list(auditor, newId()), refusedWith('TRANSACTION_NOT_FOUND'))
    await assert.rejects(bank.sql`update transaction_audit set reason = ''`, /permission denied/)
    await assert.rejects(bank.sql`delete from transaction_audit`, /permission denied/)
  })
})
