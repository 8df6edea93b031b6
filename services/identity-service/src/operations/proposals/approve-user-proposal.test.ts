import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { approveUserProposal } from '#contracts/api/identity-proposals.ts'
import { factorChanged, userProposalDecided } from '#contracts/events/identity.ts'
import type { Caller } from '#libs/contract/client.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aService, aStaffMember } from '#libs/testing/callers.ts'
import { eventually } from '#libs/testing/service-test.ts'
import {
  aUser,
  callerOf,
  changesBy,
  enrol,
  openIdentity,
  PASSWORD,
  refusalOf,
  signIn,
  tryLogin,
} from '../../../testing/people.ts'
import {
  ada,
  ben,
  cleo,
  decide,
  giveRoles,
  proposalAsItStands,
  proposeReset,
  proposeRoles,
} from '../../../testing/proposals.ts'

describe('approveUserProposal', () => {
  test('does it and says so, once and for ever: who decided, the event and the trail', async (t) => {
    const bank = await openIdentity(t)
    const { user_id } = await aUser(bank)
    const made = await proposeRoles(bank, user_id, ['teller'])
    const done = await decide(bank, made)
    assert.deepEqual(
      [done.status, done.decided_by, done.decision_reason],
      ['APPROVED', ben.sub, 'looked at the papers'],
    )
    assert.deepEqual(await proposalAsItStands(bank, made.proposal_id), done)
    const [user] = await bank.owner`select roles from users`
    assert.deepEqual(user?.roles, ['teller'])
    assert.deepEqual(await bank.published(userProposalDecided), [
      { proposal_id: made.proposal_id, user_id, status: 'APPROVED', decided_by: ben.sub },
    ])
    const about = { kind: 'ROLES', user_id, proposed_by: ada.sub }
    assert.deepEqual(await changesBy(bank, 'approveUserProposal'), [
      {
        before: { ...about, status: 'PENDING', roles: ['customer'] },
        after: { ...about, status: 'APPROVED', roles: ['teller'] },
      },
    ])
    for (const statement of ["update user_proposal_decisions set status = 'REJECTED'", 'delete from user_proposals'])
      await assert.rejects(bank.sql.unsafe(statement), /permission denied/)
  })

  test('never by who proposed it, nor by the one it is about, in whatever name they come', async (t) => {
    const bank = await openIdentity(t)
    const { user_id } = await aUser(bank)
    const made = await proposeRoles(bank, user_id, ['admin'])
    const refused = (caller: Caller) => refusalOf(decide(bank, made, 'approve', caller))
    const concerned = { ...aStaffMember('admin'), sub: user_id }
    for (const caller of [ada, concerned, aService('admin-service', ada), aService('admin-service', concerned)])
      assert.equal(await refused(caller), 'OWN_PROPOSAL')
    assert.equal(await refused(aService('admin-service')), 'OWN_PROPOSAL')
    assert.equal((await bank.owner`select 1 from user_proposal_decisions`).count, 0)
    const forged = bank.owner`
      insert into user_proposal_decisions (proposal_id, user_id, proposed_by, status, decided_by, decided_at)
      values (${made.proposal_id}, ${user_id}, ${ada.sub}, 'APPROVED', ${ada.sub}, now())`
    await assert.rejects(forged, /violates check constraint/)
  })

  test('roles by admins alone; what is about who somebody is, by compliance too; by nobody else', async (t) => {
    const bank = await openIdentity(t)
    const { user_id } = await aUser(bank)
    await enrol(bank, await callerOf(bank, await signIn(bank)))
    const roles = await proposeRoles(bank, user_id, ['teller'])
    const reset = await proposeReset(bank, user_id)
    assert.equal(await refusalOf(decide(bank, roles, 'approve', cleo)), 'FORBIDDEN')
    assert.equal(await refusalOf(decide(bank, roles, 'reject', cleo)), 'FORBIDDEN')
    for (const caller of [
      aCustomer(),
      aStaffMember('support', 'auditor', 'operator', 'teller'),
      aService('fraud-service'),
    ])
      for (const made of [roles, reset])
        assert.equal(await refusalOf(decide(bank, made, 'approve', caller)), 'FORBIDDEN')
    assert.equal((await decide(bank, reset, 'approve', cleo)).status, 'APPROVED')
    assert.equal((await decide(bank, roles)).status, 'APPROVED')
  })

  test('through the queue a person decides with the rights that he has now, not those of yesterday', async (t) => {
    const bank = await openIdentity(t)
    const subject = await aUser(bank)
    const decider = await aUser(bank, 'ben@example.com')
    const through = aService('admin-service', { ...aStaffMember('admin'), sub: decider.user_id })
    const made = await proposeRoles(bank, subject.user_id, ['teller'])
    assert.equal(await refusalOf(decide(bank, made, 'approve', through)), 'FORBIDDEN')
    await giveRoles(bank, decider.user_id, 'admin')
    await bank.owner`update users set is_active = false where user_id = ${decider.user_id}`
    assert.equal(await refusalOf(decide(bank, made, 'approve', through)), 'FORBIDDEN')
    await bank.owner`update users set is_active = true where user_id = ${decider.user_id}`
    assert.equal((await decide(bank, made, 'approve', through)).decided_by, decider.user_id)
  })

  test('of eight who decide at once one does, 10 times over', async (t) => {
    const bank = await openIdentity(t)
    const { user_id } = await aUser(bank)
    for (let round = 0; round < 10; round++) {
      const made = await proposeRoles(bank, user_id, [round % 2 === 0 ? 'teller' : 'support'])
      const all = Array.from({ length: 8 }, (_, i) =>
        decide(bank, made, i % 2 === 0 ? 'approve' : 'reject', aStaffMember('admin')),
      )
      const settled = await Promise.allSettled(all)
      const won = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
      assert.equal(won.length, 1)
      if (won[0]?.status === 'REJECTED') await giveRoles(bank, user_id, ...(made.roles ?? []))
      const refusals = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason.kind?.code] : []))
      assert.deepEqual(new Set(refusals), new Set(['NOT_PENDING']))
    }
  })

  test('what waited a week is over: nobody approves it, and the queue hears of it', async (t) => {
    const bank = await openIdentity(t)
    const { user_id } = await aUser(bank)
    const made = await proposeRoles(bank, user_id, ['teller'])
    bank.clock.advance(7 * 86_400_000 + 1)
    assert.equal(await refusalOf(decide(bank, made)), 'NOT_PENDING')
    await eventually(async () =>
      assert.deepEqual(await bank.published(userProposalDecided), [
        { proposal_id: made.proposal_id, user_id, status: 'EXPIRED', decided_by: null },
      ]),
    )
    assert.equal((await proposalAsItStands(bank, made.proposal_id)).status, 'EXPIRED')
    assert.equal((await proposeRoles(bank, user_id, ['teller'])).status, 'PENDING')
  })

  test('what somebody left behind who is shut out or no staff any more is not approved, only rejected', async (t) => {
    const bank = await openIdentity(t)
    const [target, maker] = [await aUser(bank), await aUser(bank, 'mal@example.com')]
    await giveRoles(bank, maker.user_id, 'admin')
    const mal = { ...aStaffMember('admin'), sub: maker.user_id }
    const made = await proposeRoles(bank, target.user_id, ['admin'], mal)
    await bank.owner`update users set is_active = false where user_id = ${maker.user_id}`
    assert.equal(await refusalOf(decide(bank, made)), 'USER_CHANGED')
    await bank.owner`update users set is_active = true where user_id = ${maker.user_id}`
    await giveRoles(bank, maker.user_id, 'customer')
    assert.equal(await refusalOf(decide(bank, made)), 'USER_CHANGED')
    const [user] = await bank.owner`select roles from users where user_id = ${target.user_id}`
    assert.deepEqual(user?.roles, ['customer'])
    assert.equal((await decide(bank, made, 'reject')).status, 'REJECTED')
  })

  test('a user who is not any more what was looked at is left alone', async (t) => {
    const bank = await openIdentity(t)
    const { user_id } = await aUser(bank)
    const made = await proposeRoles(bank, user_id, ['teller'])
    await bank.owner`update users set roles = '{auditor}'`
    assert.equal(await refusalOf(decide(bank, made)), 'USER_CHANGED')
    assert.equal((await proposalAsItStands(bank, made.proposal_id)).status, 'PENDING')
    assert.equal((await decide(bank, made, 'reject')).status, 'REJECTED')
  })

  test('a reset takes factors and recovery codes, ends sessions, and tells the user', async (t) => {
    const bank = await openIdentity(t)
    const { user_id } = await aUser(bank)
    const caller = await callerOf(bank, await signIn(bank))
    await enrol(bank, caller)
    assert.equal((await tryLogin(bank, 'ann@example.com', PASSWORD)).reply.status, 'MFA_REQUIRED')
    await decide(bank, await proposeReset(bank, user_id), 'approve', cleo)
    for (const table of ['factors', 'recovery_codes', 'challenges'])
      assert.equal((await bank.owner.unsafe(`select 1 from ${table}`)).count, 0, table)
    const [session] =
      await bank.owner`select status, revoked_reason from sessions where session_id = ${caller.session_id}`
    assert.deepEqual({ ...session }, { status: 'REVOKED', revoked_reason: 'FACTORS_RESET' })
    assert.equal((await bank.published(factorChanged)).at(-1)?.change, 'REMOVED')
    await signIn(bank)
  })

  test('refuses what is not there', async (t) => {
    const bank = await openIdentity(t)
    const input = { params: { proposal_id: newId() }, body: { reason: 'why' } }
    assert.equal(await refusalOf(bank.call(approveUserProposal, input, ben)), 'PROPOSAL_NOT_FOUND')
  })
})
