import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getLimitProposal } from '#contracts/api/account-limits.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aService, aStaffMember } from '#libs/testing/callers.ts'
import { openAccount, openAccountBank, refusalOf } from '../../../testing/bank.ts'
import { propose } from '../../../testing/limit-proposals.ts'

describe('getLimitProposal', () => {
  test('answers those who decide, who look after them, and the queue; nobody else', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id } = await openAccount(bank)
    const made = await propose(bank, account_id, { daily_limit_cents: null })
    const get = (caller: ReturnType<typeof aCustomer>, proposal_id = made.proposal_id) =>
      bank.call(getLimitProposal, { params: { proposal_id } }, caller)
    for (const caller of [aStaffMember('auditor'), aService('admin-service')])
      assert.deepEqual((await get(caller)).reply, made)
    for (const caller of [aCustomer(), aStaffMember('teller')]) assert.equal(await refusalOf(get(caller)), 'FORBIDDEN')
    assert.equal(await refusalOf(get(aStaffMember('admin'), newId())), 'PROPOSAL_NOT_FOUND')
  })
})
