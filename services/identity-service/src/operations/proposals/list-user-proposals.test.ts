import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listUserProposals } from '#contracts/api/identity-proposals.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { aUser, openIdentity, refusalOf } from '../../../testing/people.ts'
import { decide, proposeRoles } from '../../../testing/proposals.ts'

describe('listUserProposals', () => {
  test('pages from the newest back, and finds those of a status and a user; not for customers and tellers', async (t) => {
    const bank = await openIdentity(t)
    const [ann, ben] = [await aUser(bank), await aUser(bank, 'ben@example.com')]
    const first = await proposeRoles(bank, ann.user_id, ['teller'])
    await decide(bank, first, 'reject')
    const second = await proposeRoles(bank, ben.user_id, ['teller'])
    const list = async (query: object, caller = aStaffMember('auditor')) =>
      (await bank.call(listUserProposals, { query }, caller)).reply
    const page = await list({ limit: 1 })
    assert.deepEqual(page.items, [second])
    const rest = await list({ limit: 1, cursor: page.next_cursor })
    assert.deepEqual([rest.items[0]?.proposal_id, rest.next_cursor], [first.proposal_id, null])
    assert.deepEqual((await list({ status: 'PENDING' })).items, [second])
    assert.equal((await list({ user_id: ann.user_id })).items[0]?.status, 'REJECTED')
    assert.equal(await refusalOf(list({ cursor: 'yesterday' })), 'CURSOR_WRONG')
    for (const caller of [aCustomer(), aStaffMember('teller')])
      assert.equal(await refusalOf(list({}, caller)), 'FORBIDDEN')
  })
})
