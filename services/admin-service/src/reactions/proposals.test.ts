import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { approveLimitProposal, getLimitProposal } from '#contracts/api/account-limits.ts'
import { approveUserProposal, getUserProposal } from '#contracts/api/identity-proposals.ts'
import { accountLimitsDecided, accountLimitsProposed } from '#contracts/events/account.ts'
import { userProposalDecided, userProposalMade } from '#contracts/events/identity.ts'
import { newId } from '#libs/ids/ids.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { type Admin, openAdmin } from '../../testing/open-admin.ts'

/** Waits until the approval of a subject stands like this. */
const reaches = (bank: Admin, subject_id: string, state: object) =>
  eventually(async () => {
    const [row] = await bank.sql`select status, decided_by, reason from approvals where subject_id = ${subject_id}`
    assert.deepEqual({ ...row }, state)
  })

describe('proposals of other services', () => {
  test('what is proposed about a user waits without the words of people, and leaves the queue as it was decided there', async (t) => {
    const bank = await openAdmin(t)
    bank.peer(getUserProposal, ({ params }) => aUserProposal(params.proposal_id))
    const made = (kind: 'ROLES' | 'UNLOCK' = 'ROLES') => {
      const { proposal_id, user_id, proposed_by } = aUserProposal(newId())
      const id = bank.receive(userProposalMade, { proposal_id, user_id, kind, proposed_by })
      return { id, proposal_id, user_id }
    }
    const [first, elsewhere, old] = [made(), made(), made('UNLOCK')]
    const queue = await eventually(async () => {
      const waiting = await bank.queue({ subject_type: 'USER_PROPOSAL' })
      return waiting.length === 3 && waiting
    })
    assert.deepEqual(
      queue.map(({ approval_id, rule, request_reason }) => [approval_id, rule, request_reason]),
      [
        [first.id, 'roles', null],
        [elsewhere.id, 'roles', null],
        [old.id, 'unlock', null],
      ],
    )
    assert.match(queue[0]?.summary ?? '', /: customer → support, teller$/)
    const approved: unknown[] = []
    bank.peer(approveUserProposal, ({ params, body }, { caller }) => {
      approved.push([caller.sub, body.reason])
      return aUserProposal(params.proposal_id)
    })
    const decided = await bank.decide(first.id, 'APPROVE', bank.second, { reason: 'Met her' })
    assert.deepEqual([decided.status, decided.reason, approved], ['APPROVED', null, [[bank.second.sub, 'Met her']]])
    const [kept] = await bank.owner`select count(*)::int as words from approvals a where a::text like '%left her desk%'`
    assert.equal(kept?.words, 0)
    const ended = (one: typeof old) => ({ proposal_id: one.proposal_id, user_id: one.user_id })
    bank.receive(userProposalDecided, { ...ended(elsewhere), status: 'REJECTED', decided_by: 'ben' })
    bank.receive(userProposalDecided, { ...ended(old), status: 'EXPIRED', decided_by: null })
    await reaches(bank, elsewhere.proposal_id, { status: 'REJECTED', decided_by: 'ben', reason: null })
    await reaches(bank, old.proposal_id, { status: 'WITHDRAWN', decided_by: null, reason: 'EXPIRED' })
    assert.deepEqual(await bank.queue(), [])
  })

  test('limits that somebody proposes wait as limits, without the words of people, and leave the queue as decided there', async (t) => {
    const bank = await openAdmin(t)
    bank.peer(getLimitProposal, ({ params }) => aLimitProposal(params.proposal_id))
    const made = () => {
      const { proposal_id, account_id, proposed_by } = aLimitProposal(newId())
      return {
        id: bank.receive(accountLimitsProposed, { proposal_id, account_id, proposed_by }),
        proposal_id,
        account_id,
      }
    }
    const [first, elsewhere] = [made(), made()]
    const queue = await eventually(async () => {
      const waiting = await bank.queue({ subject_type: 'LIMIT_PROPOSAL' })
      return waiting.length === 2 && waiting
    })
    assert.match(queue[0]?.summary ?? '', /: 70.00 EUR a day, no limit a month$/)
    assert.equal(queue[0]?.request_reason, null)
    bank.peer(approveLimitProposal, ({ params }) => aLimitProposal(params.proposal_id))
    const decided = await bank.decide(first.id, 'APPROVE', bank.officer)
    assert.deepEqual([decided.status, decided.reason], ['APPROVED', null])
    const { proposal_id, account_id } = elsewhere
    bank.receive(accountLimitsDecided, { proposal_id, account_id, status: 'REJECTED', decided_by: 'ben' })
    await reaches(bank, proposal_id, { status: 'REJECTED', decided_by: 'ben', reason: null })
    assert.deepEqual(await bank.queue(), [])
  })
})

/** account-service's answer about limits that wait. */
function aLimitProposal(proposal_id: string) {
  return {
    ...{ proposal_id, account_id: newId(), currency: 'EUR', status: 'PENDING' as const },
    ...{ changes: ['daily_limit_cents' as const, 'monthly_limit_cents' as const] },
    ...{ daily_limit_cents: 7_000n, monthly_limit_cents: null, reason: 'bought a house', proposed_by: 'ada' },
    ...{ proposed_at: '2026-11-02T03:04:05.000Z', expires_at: '2026-11-09T03:04:05.000Z' },
    ...{ decided_by: null, decided_at: null, decision_reason: null },
  }
}

/** identity-service's answer about roles that somebody should get. */
function aUserProposal(proposal_id: string) {
  return {
    ...{ proposal_id, kind: 'ROLES' as const, user_id: newId(), status: 'PENDING' as const },
    ...{ roles_before: ['customer' as const], roles: ['support' as const, 'teller' as const] },
    ...{ reason: 'left her desk', proposed_by: 'ada', proposed_at: '2026-11-02T03:04:05.000Z' },
    ...{ expires_at: '2026-11-09T03:04:05.000Z', decided_by: null, decided_at: null, decision_reason: null },
  }
}
