import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getUserProposal } from '#contracts/api/identity-proposals.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aService, aStaffMember } from '#libs/testing/callers.ts'
import { aUser, openIdentity, refusalOf } from '../../../testing/people.ts'
import { proposeRoles } from '../../../testing/proposals.ts'

describe('getUserProposal', () => {
  test('answers staff and the queue as it was made; nobody else, and none that is not there', async (t) => {
    const bank = await openIdentity(t)
    const { user_id } = await aUser(bank)
    const made = await proposeRoles(bank, user_id, ['teller'])
    const get = (caller: ReturnType<typeof aCustomer>, proposal_id = made.proposal_id) =>
      bank.call(getUserProposal, { params: { proposal_id } }, caller)
    for (const caller of [aStaffMember('auditor'), aService('admin-service')])
      assert.deepEqual((await get(caller)).reply, made)
    for (const caller of [aCustomer(), aService('fraud-service')])
      assert.equal(await refusalOf(get(caller)), 'FORBIDDEN')
    assert.equal(await refusalOf(get(aStaffMember('admin'), newId())), 'PROPOSAL_NOT_FOUND')
  })
})
