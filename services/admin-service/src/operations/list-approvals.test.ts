import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listApprovals } from '#contracts/api/admin.ts'
import type { InputOf } from '#libs/contract/operation.ts'
import { aCustomer, aService, aStaffMember } from '#libs/testing/callers.ts'
import { openAdmin, refusedWith } from '../../testing/open-admin.ts'

type Query = InputOf<typeof listApprovals>['query']

describe('listApprovals', () => {
  test('shows what waits, the longest waiting first, by kind and in pages; what was decided newest first', async (t) => {
    const bank = await openAdmin(t)
    const first = (await bank.waitingKyc()).approval
    const second = (await bank.waitingTransaction()).approval
    const third = await bank.proposedThreshold()
    const list = async (query: Query = {}) => (await bank.call(listApprovals, { query }, bank.operator)).reply
    const idsOf = async (query: Query) => (await list(query)).items.map(({ approval_id }) => approval_id)
    assert.deepEqual((await list()).items, [first, second, third])
    const page = await list({ limit: 2 })
    assert.deepEqual(page.items, [first, second])
    const rest = await list({ limit: 2, cursor: page.next_cursor ?? '' })
    assert.deepEqual([rest.items, rest.next_cursor], [[third], null])
    assert.deepEqual(await idsOf({ subject_type: 'TRANSACTION' }), [second.approval_id])
    const fourth = (await bank.change('test.partner_key', { value: 'x' })).pending_approval_id ?? ''
    for (const approval_id of [third.approval_id, fourth]) await bank.decide(approval_id, 'REJECT', bank.second)
    assert.deepEqual(await idsOf({ status: 'REJECTED' }), [fourth, third.approval_id])
    const newest = await list({ status: 'REJECTED', limit: 1 })
    const oldest = await list({ status: 'REJECTED', limit: 1, cursor: newest.next_cursor ?? '' })
    assert.deepEqual(
      oldest.items.map(({ approval_id }) => approval_id),
      [third.approval_id],
    )
    assert.deepEqual(await idsOf({ status: 'PENDING' }), [first.approval_id, second.approval_id])
  })

  test('says what it is about by amounts, rules and counts, and names nobody', async (t) => {
    const bank = await openAdmin(t)
    const { transaction, approval } = await bank.waitingTransaction()
    assert.equal(approval.summary, '12345.00 EUR')
    assert.deepEqual(
      [approval.subject_type, approval.subject_id, approval.rule, approval.status, approval.requested_by],
      ['TRANSACTION', transaction.transaction_id, 'amount-review', 'PENDING', transaction.initiated_by],
    )
    const kyc = (await bank.waitingKyc()).approval
    assert.deepEqual([kyc.rule, kyc.summary], ['kyc', '2 documents'])
    const kept = JSON.stringify(
      [await bank.sql`select * from approvals`, await bank.sql`select data from outbox_events`],
      (_, value) => (typeof value === 'bigint' ? String(value) : value),
    )
    assert.ok(!kept.includes('Planted'), 'the words of the customer stay where they were written')
  })

  test('refuses a cursor of its own making, customers, tellers and services', async (t) => {
    const bank = await openAdmin(t)
    await assert.rejects(bank.call(listApprovals, { query: { cursor: 'x' } }, bank.admin), refusedWith('CURSOR_WRONG'))
    for (const caller of [aCustomer(), aStaffMember('teller'), aService('fraud-service')])
      await assert.rejects(bank.call(listApprovals, {}, caller), refusedWith('FORBIDDEN'))
  })
})
