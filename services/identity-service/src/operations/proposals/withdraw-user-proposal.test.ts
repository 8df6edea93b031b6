import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { withdrawUserProposal } from '#contracts/api/identity-proposals.ts'
import { userProposalDecided } from '#contracts/events/identity.ts'
import { aUser, openIdentity, refusalOf } from '../../../testing/people.ts'
import { ada, ben, decide, proposeRoles } from '../../../testing/proposals.ts'

describe('withdrawUserProposal', () => {
  test('takes back what waits, by the one who proposed it; to others there is none', async (t) => {
    const bank = await openIdentity(t)
    const { user_id } = await aUser(bank)
    const { proposal_id } = await proposeRoles(bank, user_id, ['teller'])
    const withdraw = (caller = ada) => bank.call(withdrawUserProposal, { params: { proposal_id } }, caller)
    assert.equal(await refusalOf(withdraw(ben)), 'PROPOSAL_NOT_FOUND')
    assert.equal((await withdraw()).reply.status, 'WITHDRAWN')
    assert.equal(await refusalOf(withdraw()), 'NOT_PENDING')
    assert.equal(await refusalOf(decide(bank, { proposal_id })), 'NOT_PENDING')
    const decided = { proposal_id, user_id, status: 'WITHDRAWN', decided_by: ada.sub }
    assert.deepEqual(await bank.published(userProposalDecided), [decided])
  })
})
