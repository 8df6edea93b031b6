import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { userProposalDecided } from '#contracts/events/identity.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import { aUser, openIdentity, refusalOf } from '../../../testing/people.ts'
import { ada, ben, decide, proposeRoles } from '../../../testing/proposals.ts'

describe('rejectUserProposal', () => {
  test('stops it: nothing changes, and it is not decided again', async (t) => {
    const bank = await openIdentity(t)
    const { user_id } = await aUser(bank)
    const made = await proposeRoles(bank, user_id, ['teller'])
    assert.equal((await decide(bank, made, 'reject')).status, 'REJECTED')
    const decided = { proposal_id: made.proposal_id, user_id, status: 'REJECTED', decided_by: ben.sub }
    assert.deepEqual(await bank.published(userProposalDecided), [decided])
    assert.equal(await refusalOf(decide(bank, made, 'approve', aStaffMember('admin'))), 'NOT_PENDING')
    const [user] = await bank.owner`select roles from users`
    assert.deepEqual(user?.roles, ['customer'])
  })

  test('not by who proposed it: that is taking it back', async (t) => {
    const bank = await openIdentity(t)
    const { user_id } = await aUser(bank)
    const made = await proposeRoles(bank, user_id, ['teller'])
    assert.equal(await refusalOf(decide(bank, made, 'reject', ada)), 'OWN_PROPOSAL')
  })
})
